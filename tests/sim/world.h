// SPDX-License-Identifier: Apache-2.0
//
// Three whole nodes in one process: a virtual clock, disks that crash between any two effects, lose
// power, rot, are lost or set back to an old backup, and a network that delays, drops, repeats,
// reorders and cuts. In a hostile seed one party lies besides, with its real keys. Everything
// follows from one seed, so a failure replays. The nodes are the product's own node::Node,
// unchanged; what a hostile party serves stands between its node and the others.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <queue>
#include <set>
#include <string>
#include <vector>

#include "hotline/forms.h"
#include "node/node.h"
#include "node/testing_disk.h"
#include "sim/deeds.h"
#include "sim/reference.h"
#include "sim/reference_line.h"

namespace detente::sim {

// xoshiro-like generator; one draw per statement, so that runs are the same everywhere.
class Draw {
 public:
  explicit Draw(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next();
  std::uint64_t below(std::uint64_t n) { return next() % n; }
  bool chance(std::uint64_t percent) { return below(100) < percent; }

 private:
  std::uint64_t state_;
};

// The faults, each counted, so that one that never fires is noticed.
enum class Fault : std::uint8_t {
  message_dropped,
  message_repeated,
  message_delayed_long,
  link_cut,
  crash_between_steps,
  crash_between_effects,
  clock_jump,
  clock_stuck,
  clock_back,
  power_cut,
  bit_rot,
  disk_lost,
  backup_restored,
  // Of a hostile party; none of these is counted where there is none.
  equivocation,
  withheld,
  header_lie,
  old_checkpoint,
  wrong_log,
};
inline constexpr std::size_t kFaults = 18;
inline constexpr std::size_t kHonestFaults = 13;
inline constexpr std::int64_t kSkewMsMax = 60'000;
const char* fault_name(Fault fault);

// What survives a crash of one node.
using Disk = node::testing::Disk;
using DiskLog = node::testing::DiskLog;

struct Keys {
  std::shared_ptr<const terms::Agreement> agreement;  // the first version
  std::shared_ptr<const terms::Agreement> second;     // amends it
  std::shared_ptr<const terms::Agreement> rival;      // amends it too, otherwise
  std::map<PartyId, node::NodeKeys> nodes;
  std::map<PartyId, record::OfficerSigner> roots;
  std::map<PartyId, std::vector<record::OfficerSigner>> officers;
  std::map<PartyId, std::vector<record::OfficerSigner>> signatories;
};
const Keys& keys();  // made once, from fixed test seeds; agreement.cc
Origin origin_of(const PartyId& owner);
// crypto::verify, but each signature once: every machine checks the same ones.
bool verify_once(const crypto::PublicKey& key, ByteView message,
                 const crypto::Signature& signature);
struct Machine;
const DiskLog* log_of(const Machine& machine, const PartyId& owner);

struct Machine {
  PartyId id;
  Disk disk;
  std::unique_ptr<node::Node> node;
  std::uint64_t generation = 0;   // grows with every restart: old answers are lost
  std::int64_t skew_ms = 0;       // this machine's clock against the true one
  std::optional<UtcMs> stuck_at;  // what its clock shows while it stands still
  std::optional<Disk> backup;
  bool lost_data = false;  // its disk lost what it had attested, at some time
};

// Another history of the hostile party's own log, with its real signatures, for one victim.
struct Forgery {
  Disk disk;  // of that one log
};

struct Failure {
  std::string what;
};

class World {
 public:
  World(std::uint64_t seed, bool verbose, bool hostile);

  // Runs the whole story: set-up, faulty part, healing, quiet part, final checks.
  // Throws nothing; the first broken promise is the result.
  std::optional<Failure> run();

  const std::map<Fault, std::uint64_t>& faults() const { return faults_; }
  const std::array<std::uint64_t, kDeeds>& deeds() const { return deeds_; }
  std::uint64_t activations() const { return activations_; }
  std::uint64_t refusals() const { return refusals_; }
  std::uint64_t rebuilt() const { return rebuilt_; }      // own logs taken back from peers
  std::uint64_t convicted() const { return convicted_; }  // evidence files at honest nodes
  Hash digest() const;                                    // of all disks: equal for equal seeds

 private:
  struct Event {
    UtcMs time;
    std::uint64_t order;
    std::function<void()> act;
    bool operator<(const Event& other) const {
      return time.value != other.time.value ? time.value > other.time.value : order > other.order;
    }
  };

  // world.cc
  void at(UtcMs time, std::function<void()> act);
  void run_until(UtcMs end);
  void fail_now(std::string what);
  void tell(const std::string& line) const;
  void count(Fault fault) { ++faults_[fault]; }
  bool cut(const PartyId& a, const PartyId& b) const;

  // party.cc
  void set_up(Machine& machine);
  void restart(Machine& machine);
  UtcMs clock(const Machine& machine) const {
    return machine.stuck_at ? *machine.stuck_at : now_ + machine.skew_ms;
  }
  void step(Machine& machine, node::Input input);
  void carry_out(Machine& machine, const node::Effects& effects);
  void count_rebuilt(const node::StoreEntries& store);
  void send(const PartyId& from, const PartyId& to, const std::function<void()>& deliver);
  void on_fetch(Machine& from, const node::Fetch& fetch);
  void schedule_ticks(Machine& machine);

  // workload.cc
  void schedule_acts();
  void schedule_faults();
  void fault_of_clock(Machine& machine);
  void act();
  void submit(Machine& machine, const std::string& type, std::vector<record::Ref> refs,
              std::string body, const std::vector<record::OfficerSigner>& officers,
              std::optional<Deed> wrong = {});
  void on_answer(Machine& machine, const node::Answer& answer);
  void act_stop(Machine& machine);

  // workload_flights.cc
  using View = airspace::ActivityView;
  void act_propose(Machine& machine, const View* replaces);
  airspace::ActivityPlan draw_plan(const Machine& machine);
  void act_on_activity(Machine& machine);
  void act_on_own(Machine& machine, const View& view);
  void act_on_flying(Machine& machine, const View& view);
  void act_on_closed(Machine& machine, const View& view);
  void act_on_others(Machine& machine, const View& view);
  void act_read_back(Machine& machine, const View& view);
  void act_concur(Machine& machine, const View& view);
  void act_activate(Machine& machine, const View& view);
  void act_release(Machine& machine, const View& view);
  void act_add(Machine& machine, const View& view, const char* type);
  void act_close(Machine& machine, const View& view, const char* type);
  std::optional<Deed> forbids_activation(const Machine& machine, const View& view) const;
  void force_activation(Machine& machine, const View& view, std::optional<Deed> wrong);

  // workload_course.cc
  void act_on_agreement(Machine& machine);
  void act_on_version(Machine& machine);
  void act_on_state(Machine& machine);
  static std::optional<std::string> function_left(const Machine& machine);
  void act_on_stage(Machine& machine);
  void sign_version(Machine& machine, const terms::Agreement& version, UtcMs effective,
                    std::optional<Deed> wrong);
  void put_state(Machine& machine, const std::string& function, const std::string& state,
                 std::optional<Deed> wrong = {});
  void begin_stage(Machine& machine, const std::string& stage, std::optional<Deed> wrong);
  void reset_stage(Machine& machine, const std::string& stage);

  // workload_line.cc
  void act_on_line(Machine& machine);
  void act_warn(Machine& machine, const record::OfficerSigner& officer);
  void act_on_warning(Machine& machine, const record::OfficerSigner& officer);
  void act_on_message(Machine& machine, const record::OfficerSigner& officer);
  void act_on_watch(Machine& machine, const record::OfficerSigner& officer);
  void act_on_test(Machine& machine, const record::OfficerSigner& officer);

  // workload_utm.cc
  struct UtmExpected {
    Deed deed = Deed::utm_create;
    std::vector<int> statuses;
  };
  void ask_utm(Machine& machine, const std::string& manager, utm::Write write,
               UtmExpected expected);
  void on_utm_answer(Machine& machine, const node::UtmAnswer& answer);
  void act_on_utm(Machine& machine);
  void act_subscribe(Machine& machine, const std::string& manager, UtcMs now);
  void act_intent(Machine& machine, const std::string& manager,
                  const std::vector<record::Entry>& log, UtcMs now);
  std::vector<record::Entry> own_entries(const Machine& machine) const;
  void check_utm(const Machine& machine);

  // disk_faults.cc
  void fault_of_disk(Machine& machine);
  bool cut_power(Machine& machine, const node::Effects& effects);
  void tear_files(Machine& machine);
  void sweep_files(Machine& machine);
  void rot(Machine& machine);
  bool others_hold_all(const Machine& machine) const;
  void take_backups();

  // hostile.cc
  bool is_hostile(const PartyId& party) const { return hostile_ == party; }
  void schedule_hostility();
  void forge(const PartyId& victim, bool lie_in_header);
  void forge_entry(Forgery& forgery, const record::EntryHeader& header,
                   const record::Envelope& envelope);
  Result<Bytes> serve(const PartyId& server, const PartyId& asker, const std::string& path);
  Result<Bytes> serve_falsely(const PartyId& asker, const std::string& path);

  // checks.cc
  void check_kept();
  void check_evidence();
  void check_forks_proved(const std::set<PartyId>& have_proof);
  void on_published(const Machine& machine, const node::PublishHead& head);
  void on_logged(Machine& machine, const record::Ref& ref);
  void check_link(const Machine& machine);
  void check_held();
  void check_folders();
  void check_converged();
  void check_writes();

  // checks_course.cc
  void read_truth(const PartyId& owner);
  void check_truth();
  void check_ledger(const std::string& whose, const airspace::Ledger& ledger, bool all);
  void check_same_states();

  Draw draw_;
  bool verbose_;
  bool set_up_done_ = false;  // no faults before every log is open
  UtcMs now_;
  UtcMs faults_end_;
  std::uint64_t order_ = 0;
  std::priority_queue<Event> events_;
  std::map<PartyId, Machine> machines_;
  // Ordered pair -> when, by the true clock and by the two machines' own.
  struct Cut {
    UtcMs since;
    std::map<PartyId, UtcMs> clocks;
  };
  std::map<std::pair<PartyId, PartyId>, Cut> cut_since_;
  std::map<std::pair<Origin, std::uint64_t>, Hash> published_;
  // Every log from its owner's disk, whole: what an all-knowing observer would see.
  std::map<PartyId, record::LogReader> truth_readers_;
  airspace::Ledger truth_;
  std::map<PartyId, std::deque<record::Entry>> unread_;  // by the reference
  Reference reference_;
  LineReference line_reference_;
  std::map<std::uint64_t, UtmExpected> utm_expected_;  // by request
  std::array<std::uint64_t, kDeeds> deeds_{};
  std::map<std::uint64_t, Deed> wrong_;  // by request: it must be refused
  std::map<Fault, std::uint64_t> faults_;
  std::optional<Failure> failure_;
  std::uint64_t activations_ = 0;
  std::uint64_t refusals_ = 0;
  std::uint64_t next_request_ = 1;
  std::uint64_t rebuilt_ = 0;
  std::uint64_t convicted_ = 0;
  std::map<std::pair<PartyId, std::uint64_t>, Hash> answered_;  // what officers were told is logged
  std::optional<PartyId> hostile_;
  std::map<PartyId, Forgery> forged_;              // by victim
  std::map<std::string, std::vector<Bytes>> old_;  // checkpoints that the hostile node served
  UtcMs withholds_until_;
};

}  // namespace detente::sim
