// SPDX-License-Identifier: Apache-2.0
//
// What the logs say about protected sites and humanitarian movements: the notice machine (design
// section 6; docs/protocol/protection.md). Notices are received and disseminated; no answer makes
// an entry more or less protected, and no silence does.
//
// A pure function of the logs, and of the private details that this node was given: entries are
// told log by log, each log in its own order; the order between logs does not matter.
// Nothing here asks in which state the agreement is: notices, receipts and emergencies work in
// every one, and an owner's withdrawal leaves its entries standing.
//
// What is unclear keeps protection: an entry that expired or is contested stays in every view and
// opens cases; a removal takes one entry, by its owner or the proxy that the newest version names.
// Not promised: that a place is what its owner says. Threads: one at a time.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/strong.h"
#include "protection/bodies.h"
#include "protection/cell_index.h"
#include "record/content.h"
#include "record/statement.h"
#include "terms/agreement.h"

namespace detente::protection {

// What the parties agree about notices.
using NoticeTerms = terms::NoticeTerms;

// An entry, and who signed it.
struct Signed {
  record::Ref ref;
  StatementId id;
  PartyId party;
  std::vector<std::string> officers;
  UtcMs time;
};

// ---- receipts ----

enum class Receipt : std::uint8_t { held, read, received, disseminated };
inline constexpr std::size_t kReceipts = 4;
const char* receipt_name(Receipt receipt);
struct ReceiptStep {
  Receipt step = Receipt::held;
  std::optional<UtcMs> time;    // the first of that party
  std::string officer;          // empty of held
  std::int64_t missing_ms = 0;  // since it was sent, while it is missing
  bool overdue = false;
};
struct ReceiptChain {
  PartyId party;
  std::vector<ReceiptStep> steps;  // one of each Receipt, in their order
  std::vector<UnitNote> units;     // to whom it was disseminated, in the order of the statements
};
// When a party's node held an entry (record/delivery.h); nothing: not shown, or not known.
using HeldAt = std::function<std::optional<UtcMs>(const PartyId&, const record::Ref&)>;

// ---- sites ----

enum class SiteState : std::uint8_t { registered, confirmed, expired, removed };
const char* site_state_name(SiteState state);
struct SiteVersion {
  Signed sent;
  RegisterBody body;
  std::optional<record::Ref> commit;  // of private details
};
struct SiteView {
  record::Ref key;  // of the first version
  PartyId owner;
  SiteVersion version;              // the newest
  std::size_t number = 1;           // how many there are
  std::optional<SiteDetails> site;  // nothing: private, and not given to this node
  SiteState state = SiteState::registered;
  std::optional<Signed> confirmed;  // by a second person of the owner, or by the proxy
  std::string confirmed_means;
  UtcMs expires;  // with reconfirmations
  bool contested = false;
  std::optional<Signed> removed;
  std::string removed_why;
  bool owner_withdrew = false;  // from the agreement or its function "protection"
};
// One line of a list of sites. It points into the ledger: valid until its next apply or learn.
struct SiteLine {
  const record::Ref* key = nullptr;
  const PartyId* owner = nullptr;
  const SiteVersion* version = nullptr;  // the newest
  const SiteDetails* site = nullptr;     // nullptr: private, and not given to this node
  const std::string* text = nullptr;     // folded: name, function, place, address, a line each
  UtcMs expires;
  SiteState state = SiteState::registered;
  bool contested = false;
};
// Of one owner: what stands, and whether much of it went at once.
struct ListView {
  std::size_t standing = 0;
  std::size_t expired = 0;
  std::size_t removed = 0;
  std::size_t removed_last_day = 0;
  bool many_removed = false;  // more than a tenth of the list, and ten entries, within a day
};

// ---- movements ----

enum class MovementState : std::uint8_t {
  notified,
  not_departed,
  under_way,
  overdue,
  arrived,
  cancelled
};
const char* movement_state_name(MovementState state);
struct EmergencyView {
  Signed sent;
  std::optional<record::Ref> movement;
  EmergencyBody body;
  std::optional<UtcMs> over;
  std::string over_why;
};
struct MovementView {
  Signed sent;
  NotifyBody body;
  std::optional<record::Ref> commit;
  std::optional<MovementDetails> movement;  // nothing: private, and not given to this node
  MovementState state = MovementState::notified;
  std::int64_t lead_ms = 0;  // from the notice to the start; may be less than none
  bool late = false;         // less than the agreement asks for; the notice stands all the same
  std::int64_t delay_ms = 0;
  std::string delay_why;
  std::optional<UtcMs> departed;
  std::optional<UtcMs> ended;      // arrived or cancelled
  std::optional<UtcMs> last_sign;  // of life: departure or check-in
  std::optional<geo::PointE7> last_point;
  std::optional<UtcMs> next_sign;        // when the next sign is expected
  std::int64_t overdue_ms = 0;           // since then
  std::vector<record::Ref> emergencies;  // that are not over
};

// ---- contests ----

struct ContestView {
  Signed sent;
  ContestBody body;
  record::Ref site;
  record::Ref version;
  std::optional<Signed> answered;
  std::string answer;
  UtcMs answer_due;
  UtcMs decision_due;
  bool answer_overdue = false;  // nothing follows from it but that it is shown
  bool decision_overdue = false;
  std::string ended_how;  // removed_by_owner, withdrawn, agreed_stands, agreed_corrected
  std::optional<UtcMs> ended;
};

// ---- cases ----

enum class CaseWhy : std::uint8_t {
  event,
  version,
  receipt,
  contest,
  plan,
  check,
  event_near,
  about
};
const char* case_why_name(CaseWhy why);
struct CaseRef {
  record::Ref ref;
  std::string type;
  PartyId party;
  UtcMs time;
  CaseWhy why = CaseWhy::about;
};
struct CaseStepView {
  CaseStep step = CaseStep::acknowledge;
  PartyId party;  // whose step it is
  UtcMs due;
  std::optional<Signed> done;
  std::string text;
  std::int64_t missing_ms = 0;  // since it was due
};
struct CaseView {
  std::string id;  // 32 hex of the event and the subject
  Signed event;
  bool incident = false;  // else a finding of a watch
  UtcMs time;             // of what happened
  geo::PointE7 point;
  record::Ref subject;  // the site's key, or the movement's notice
  bool movement = false;
  record::Ref version;                            // that was notified then
  SiteCategory category = SiteCategory::medical;  // of a site
  double distance_m = 0;
  bool expired = false;    // at that time; it was notified all the same
  bool contested = false;  // at that time
  std::vector<CaseStepView> steps;
  bool closed = false;
};
struct CaseFile {
  CaseView view;
  std::vector<CaseRef> refs;  // ascending by time, party, index; at most limits::kCaseRefs
  std::size_t refs_total = 0;
};
struct HitStatistics {
  std::size_t incidents = 0;  // near notified sites and movements
  std::size_t findings = 0;
  std::size_t sites = 0;  // different sites with an incident
  std::size_t movements = 0;
  std::size_t open = 0;  // cases
  std::size_t steps_overdue = 0;
  std::map<SiteCategory, std::size_t> by_category;  // incidents near sites
};

// ---- copies of lists ----

// What a recipient said of its copy.
struct CopyReceipt {
  Signed sent;
  record::ContentReceipt body;
};
// A copy of a party's list that was made for one recipient (list_copy.h).
struct ListCopyView {
  Signed sent;
  record::ContentCommit commit;
  std::optional<CopyReceipt> receipt;  // the recipient's first
};

class NoticeLedger {
 public:
  // The clocks and distances are those of the version that the logs are bound to; an amendment does
  // not change them, so that nothing that has become late is late no more.
  // `fold`: how texts are folded for searching (airspace::fold_name is the usual one); nothing: as
  // they are.
  using Fold = std::function<std::string(std::string_view)>;
  explicit NoticeLedger(std::shared_ptr<const terms::Agreement> agreement, Fold fold = {});

  // The next entry of a party's log, already judged by its LogReader. Other types are ignored; a
  // malformed body has no effect.
  void apply(const PartyId& party, const record::Entry& entry,
             const std::vector<std::string>& officers);
  // Private details that came to this node. protection_unknown: no log holds that commitment yet.
  // protection_content, content_*: they are not what was committed, or no site and no movement.
  Status learn(const record::Ref& commit, const record::ContentPackage& package);
  // They are known here no more. Nothing else changes: the entry stands, without its place.
  void forget(const record::Ref& commit);
  // Commitments that entries rest on: those of the reader's own log, and those with a copy sealed
  // to it; ascending by reference.
  struct Private {
    record::Ref ref;
    PartyId party;
    record::ContentCommit commit;
  };
  std::vector<Private> unlearned(const PartyId& reader) const;  // whose details are not known here
  std::vector<Private> learned(const PartyId& reader) const;
  // Since when no entry that rests on the commitment is in force: each site was removed or has
  // expired, each movement has ended or its time with the delay is past. Nothing: one is, or a case
  // about one is open, or no entry rests on it.
  std::optional<UtcMs> over_since(const record::Ref& commit, UtcMs now) const;
  // The commitment of a party's log that names this sealed copy for a recipient.
  std::optional<Private> sealed_copy(const PartyId& of, const PartyId& to,
                                     const Hash& sha256) const;
  // Whether details could be given to these recipients now, and to nobody else: what admit would
  // say once they are committed to. agreement_unknown_party, protection_own, protection_malformed;
  // protection_recipient: one has no box key.
  Status admit_private(const PartyId& party, const RegisterBody& body, UtcMs now) const;
  Status admit_private(const PartyId& party, const NotifyBody& body, UtcMs now) const;
  // Every copy of a list that a log names, ascending by time, party and index.
  std::vector<ListCopyView> list_copies() const;
  // What copies for a party are sealed to: its newest box key.
  std::optional<crypto::BoxPublicKey> box_key(const PartyId& party) const;
  // May `party` log this now? Errors: those of the bodies, protection_*. A late notice passes.
  Status admit(const PartyId& party, const record::Statement& statement,
               const std::vector<std::string>& officers, UtcMs now) const;

  std::vector<SiteView> sites(UtcMs now) const;  // all, the removed too; ascending by key
  // The same in short, for lists of many: the newest version first, then ascending by key.
  std::vector<SiteLine> site_lines(UtcMs now) const;
  std::size_t site_count() const { return sites_.size(); }  // the removed too
  // A part of that order, in time that grows with from + count alone.
  std::vector<record::Ref> newest_sites(std::size_t from, std::size_t count) const;
  std::optional<SiteView> site(const record::Ref& any_version, UtcMs now) const;
  // Every version of the site, the first first; empty if there is no such site.
  std::vector<SiteVersion> versions(const record::Ref& any_version) const;
  // What is known here of a version: its details, also private ones that came to this node.
  std::optional<SiteDetails> details(const SiteVersion& version) const;
  // Keys of sites whose area may lie within `metres` of the cap: for checks of plans and of new
  // entries. Sites whose details are not known here cannot be among them.
  std::vector<record::Ref> sites_near(const geo::BoundingCap& cap, double metres) const;
  // What a plan may have to keep away from there (terms/ask.h, PlanQuestion::sites); some may lie
  // farther than `metres`, and who asks measures. The newest versions of
  // sites that are not removed, expired and contested ones too; and the corridors of movements that
  // have not ended, as category "movement", in their time with the delay. Ids are
  // "<owner>/<statement id>". Ascending by id.
  std::vector<terms::ProtectedSite> protected_near(const geo::BoundingCap& cap, double metres,
                                                   UtcMs now) const;
  ListView list(const PartyId& owner, UtcMs now) const;
  std::map<PartyId, ListView> lists(UtcMs now) const;    // of every owner that has one
  std::vector<MovementView> movements(UtcMs now) const;  // ascending by start, then key
  std::optional<MovementView> movement(const record::Ref& notice, UtcMs now) const;
  std::vector<EmergencyView> emergencies() const;      // ascending by time, party, index
  std::vector<ContestView> contests(UtcMs now) const;  // the same
  // The chains of a version, a movement's notice or an emergency, one for each recipient; of an
  // emergency, for every other party.
  std::vector<ReceiptChain> receipts(const record::Ref& notice, const HeldAt& held,
                                     UtcMs now) const;
  std::vector<CaseView> cases(UtcMs now) const;  // ascending by the event's time, then id
  std::optional<CaseFile> case_file(const std::string& id, UtcMs now) const;
  HitStatistics statistics(TimeSpan events, UtcMs now) const;
  const NoticeTerms& terms() const { return terms_; }

 private:
  struct Act {
    Signed sent;
    std::string type;
    std::vector<record::Ref> refs;
    JsonDocument document;  // the body; none of statements of other folders
  };
  // What the entries about a site come to, whatever the time is. It is made anew when one of them
  // comes, so that a question about many sites need not read them all again.
  struct Digest {
    UtcMs expires;
    std::optional<Signed> confirmed;
    std::string confirmed_means;
    std::optional<Signed> removed;  // by the owner or the proxy
    std::string removed_why;
    struct Contest {
      UtcMs from;
      std::optional<UtcMs> until;
    };
    std::vector<Contest> contests;
  };
  struct Site {
    const record::Ref* key = nullptr;
    PartyId owner;
    std::vector<SiteVersion> versions;
    std::optional<Signed> removed;  // by the owner
    std::string removed_why;
    std::optional<Digest> digest;  // there as soon as the site is
    std::string text;              // folded, of the newest version
  };
  // Of one owner: its sites by what their digests say, so that nobody has to count them.
  struct Tally {
    std::size_t standing = 0;
    std::size_t removed = 0;
    std::map<UtcMs, std::size_t> expiries;  // of those that stand
    std::map<UtcMs, std::size_t> removals;
  };
  struct NewestFirst {
    bool operator()(const Site* a, const Site* b) const;
  };
  struct Movement {
    Signed sent;
    NotifyBody body;
    std::optional<record::Ref> commit;
  };
  struct Event {
    Signed sent;
    bool incident = false;
    UtcMs time;
    geo::PointE7 point;
  };
  struct Plan {
    Signed sent;
    std::vector<geo::Volume4> volumes;
  };
  struct Committed {
    PartyId party;
    record::ContentCommit commit;
  };
  struct Learned {
    std::optional<SiteDetails> site;
    std::optional<MovementDetails> movement;
  };
  // What lies at a place: an area of one version of a site, or one part of a movement's corridor.
  struct Placed {
    record::Ref subject;
    record::Ref version;
    geo::Area area;
    std::optional<TimeSpan> time;  // of a corridor's part
    bool gone = false;             // the details were forgotten
  };
  using Hit = std::pair<record::Ref, record::Ref>;  // event, subject

  void take_site(const Signed& sent, const record::Entry& entry);
  void take_version(const Signed& sent, const record::Entry& entry, record::Ref key);
  void take_movement(const Signed& sent, const record::Entry& entry);
  void take_event(const Signed& sent, const record::Entry& entry);
  void take_plan(const Signed& sent, const record::Entry& entry);
  void take_state(const Signed& sent, const record::Entry& entry);
  void take_commit(const Signed& sent, const record::Entry& entry);
  void take_copy_receipt(const Signed& sent, const record::Entry& entry);
  void take_act(const Signed& sent, const record::Entry& entry);
  void digest_site(const record::Ref& any_version);
  void tally(const Site& site, bool in);
  void digest_text(Site& site) const;
  void digest_of_act(const Act& act);
  void digest_confirmed(const Site& site, Digest& out) const;
  void place_site(const record::Ref& key, const SiteVersion& version);
  void place_movement(const Movement& movement);
  void place(Placed placed);
  std::optional<double> near(const Placed& placed, const Event& event) const;

  std::vector<Private> private_details(const PartyId& reader, bool known) const;
  bool has_open_case(const record::Ref& subject, UtcMs now) const;
  const SiteDetails* known(const SiteVersion& version) const;
  std::optional<SiteDetails> details_of(const SiteVersion& version) const;
  std::optional<MovementDetails> details_of(const Movement& movement) const;
  const Site* site_of(const record::Ref& version, record::Ref* key = nullptr) const;
  std::vector<const Act*> acts_about(const record::Ref& ref, std::string_view type = {}) const;
  SiteView view_of(const record::Ref& key, const Site& site, UtcMs now) const;
  MovementView view_of(const Movement& movement, UtcMs now) const;
  void add_course(MovementView& view, UtcMs now) const;
  ContestView view_of(const Act& contest, const record::Ref& key, const Site& site,
                      UtcMs now) const;
  static bool contested_at(const Site& site, UtcMs time);
  static SiteState state_of(const Site& site, UtcMs now);
  UtcMs expiry_of(const Site& site) const;
  std::optional<const Act*> proxy_removal(const Site& site) const;
  std::optional<CaseView> view_of(const Hit& hit, UtcMs now) const;
  struct NoticeSent {
    UtcMs time;
    std::vector<PartyId> to;
  };
  std::optional<NoticeSent> notice_of(const record::Ref& notice) const;
  ReceiptChain chain_of(const PartyId& party, const record::Ref& notice, UtcMs sent,
                        const HeldAt& held, UtcMs now) const;
  std::optional<UtcMs> sent_at(const Placed& placed) const;
  bool find_version(CaseView& view, const Event& event, std::int64_t delay_ms) const;
  void add_surroundings(CaseFile& file, std::map<record::Ref, CaseRef>& found) const;
  std::vector<CaseStepView> steps_of(const CaseView& view, UtcMs now) const;
  void add_refs(CaseFile& file) const;

  Status admit_register(const PartyId& party, const record::Statement& statement, UtcMs now) const;
  Status admit_site_act(const PartyId& party, const record::Statement& statement,
                        const std::vector<std::string>& officers, UtcMs now) const;
  Status admit_movement(const PartyId& party, const record::Statement& statement) const;
  Status admit_notice(const PartyId& party, const record::Statement& statement) const;
  Status admit_contest(const PartyId& party, const record::Statement& statement, UtcMs now) const;
  Status admit_case(const record::Statement& statement) const;
  Status check_parties(const PartyId& party, const std::vector<PartyId>& to,
                       const PartyId& proxy) const;
  Status can_be_sealed(const std::vector<PartyId>& to) const;
  Status consent(const PartyId& party, const std::vector<PartyId>& to, const PartyId& proxy,
                 const std::optional<record::Ref>& commit, std::string_view schema) const;

  std::shared_ptr<const terms::Agreement> agreement_;
  NoticeTerms terms_;
  Fold fold_;
  std::map<record::Ref, Site> sites_;  // by the first version
  std::set<const Site*, NewestFirst> newest_first_;
  std::map<PartyId, Tally> tallies_;
  std::map<record::Ref, record::Ref> key_of_;  // of every version
  std::map<record::Ref, Movement> movements_;
  std::map<record::Ref, Event> events_;
  std::map<record::Ref, Plan> plans_;
  std::map<record::Ref, Committed> commits_;
  std::map<std::pair<PartyId, Hash>, record::Ref> copies_;  // by the log's party and the copy
  std::map<PartyId, crypto::BoxPublicKey> boxes_;
  std::map<record::Ref, Signed> list_commits_;
  std::map<record::Ref, std::vector<CopyReceipt>> copy_receipts_;  // by the commitment
  std::map<record::Ref, Learned> learned_;                         // by the commitment
  std::map<record::Ref, std::vector<record::Ref>> waiting_;  // versions and notices, by commitment
  std::deque<Act> acts_;
  std::map<record::Ref, std::vector<const Act*>> about_;
  std::vector<const Act*> emergencies_;
  std::vector<const Act*> contests_;
  std::map<record::Ref, record::Ref> version_of_contest_;
  std::map<PartyId, Signed> withdrew_;
  std::multimap<UtcMs, std::pair<Signed, std::string>> checks_;  // private checks, with their type
  std::vector<Placed> placed_;
  std::map<record::Ref, std::vector<std::uint32_t>> placed_of_;  // by subject
  CellIndex place_index_;
  std::vector<record::Ref> event_refs_;
  CellIndex event_index_;
  std::vector<record::Ref> plan_refs_;
  CellIndex plan_index_;
  std::set<Hit> hits_;
};

}  // namespace detente::protection
