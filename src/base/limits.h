// SPDX-License-Identifier: Apache-2.0
//
// Every limit has a name, and a reason. docs/operating/limits.md lists them for users.
#pragma once

#include <cstddef>
#include <cstdint>

namespace detente::limits {

// JSON. Depth 16 is twice what any of our documents needs.
inline constexpr std::size_t kJsonDepth = 16;
inline constexpr std::size_t kStatementPayloadBytes = 40'000;  // base64 and header fit an entry
inline constexpr std::size_t kAgreementBytes = 4U << 20;       // with thousands of vertices
inline constexpr std::size_t kApiBodyBytes = 1U << 20;
inline constexpr std::size_t kFeedJsonBytes = 64U << 20;  // aircraft.json of a continent

// Text members.
inline constexpr std::size_t kIdBytes = 64;
inline constexpr std::size_t kNameBytes = 200;
inline constexpr std::size_t kTextBytes = 4'000;

// Record (C2SP tlog-tiles: an entry has a 16-bit length).
inline constexpr std::size_t kEntryBytes = 65'535;
inline constexpr std::size_t kNoteBytes = 64U << 10;
inline constexpr std::size_t kNoteSignatures = 64;
inline constexpr std::size_t kOriginBytes = 255;
inline constexpr std::size_t kStatementSigners = 4;

// Geometry.
inline constexpr std::size_t kPolygonVertices = 10'000;         // F3548 OiMaxVertices
inline constexpr std::int64_t kCircleRadiusMm = 2'000'000'000;  // 2,000 km
inline constexpr std::int64_t kAltitudeMmMin = -8'000'000;      // F3548 altitude range
inline constexpr std::int64_t kAltitudeMmMax = 100'000'000;
inline constexpr std::int64_t kSpanMsMax = 56LL * 24 * 3'600'000;  // F3548 planning horizon
inline constexpr std::size_t kVolumesPerActivity = 64;
inline constexpr std::size_t kConflictPairs = 1'000;       // pairs of volumes that one answer lists
inline constexpr std::size_t kChangesPerActivity = 64;     // releases and off-nominal volumes
inline constexpr std::size_t kAmendmentsPerActivity = 64;  // one after another
inline constexpr std::size_t kOverlapVertices = 2'000;     // of what is drawn of one conflict
inline constexpr std::size_t kAreasPerAgreement = 20'000;

// How far a filer can let a plan move when it asks for ways out of a conflict.
inline constexpr std::int64_t kFlexibleMs = 7LL * 24 * 3'600'000;
inline constexpr std::int64_t kFlexibleHeightMm = 20'000'000;
inline constexpr std::int64_t kFlexibleSidewaysMm = 50'000'000;

// The hotline. Three steps are usual; each calls somebody further away.
inline constexpr std::size_t kEscalationSteps = 8;
inline constexpr std::size_t kHotlineTextBytes = 1'000;     // free text, an addition to a form
inline constexpr std::size_t kHotlineFields = 16;           // of one form
inline constexpr std::size_t kRosterShifts = 200;           // a month of three shifts, and spare
inline constexpr std::int64_t kWatchMsMax = 86'400'000;     // nobody takes a watch beyond a day
inline constexpr std::size_t kHotlineListed = 200;          // of a kind, in one answer of the API
inline constexpr std::int64_t kRestrikeNearMm = 5'000'000;  // an event so near counts as in a place
// A flash is one packet or three, so that it gets through where the record does not.
inline constexpr std::size_t kFlashBytes = 4'096;
inline constexpr std::size_t kFlashPerParty = 32;  // of a kind (STOP, warning), not in the record
// The same of one officer, so that one cannot crowd out others.
inline constexpr std::size_t kFlashPerOfficer = 16;
inline constexpr std::size_t kFlashesUnderWay = 64;      // that wait to be sent to one peer
inline constexpr std::size_t kSirens = 32;               // webhooks of one node
inline constexpr std::size_t kSirenAlarmsPerParty = 16;  // sounded at once; the others join them

// Private checks. A plan of one activity has about 1,000 tokens; a set is what one post or query
// holds, padded. One proof covers a chunk, so that several cores can share a set.
inline constexpr std::size_t kCoverCells = 128;          // cells in space, or levels of one volume
inline constexpr std::size_t kCheckPlanTokens = 4'096;   // of one plan, before padding
inline constexpr std::size_t kCheckSetTokens = 65'536;   // the largest padding class
inline constexpr std::size_t kCheckChunk = 4'096;        // elements that one proof covers
inline constexpr std::size_t kCheckBoardTags = 262'144;  // of one party, pair and epoch
inline constexpr std::size_t kCheckPlans = 64;           // plans of one post
inline constexpr std::size_t kCheckPosts = 1'000;        // of one party, pair and epoch
inline constexpr std::size_t kCheckListParts = 64;       // lists that are made together
inline constexpr std::size_t kCheckAuditTags = 16;       // of a drawn board that are opened
// On a node. A question of the largest class has 2 MiB.
inline constexpr std::size_t kCheckFileBytes = 2U << 20;   // of one file beside the logs
inline constexpr std::size_t kCheckThreads = 2;            // that compute at once
inline constexpr std::size_t kCheckFetches = 4;            // files asked for at once, of all peers
inline constexpr std::int64_t kCheckPauseMs = 5'000;       // after a file did not come; then twice
inline constexpr std::int64_t kCheckPauseMsMax = 300'000;  // as long each time, up to this
inline constexpr std::size_t kCheckUploadBytes = 16U << 20;  // a list of places that is handed in
inline constexpr std::size_t kCheckPlansKept = 1'000;        // whose time is not over
inline constexpr std::size_t kCheckPlansListed = 200;        // in one answer of the API
inline constexpr std::size_t kCheckCellsListed = 200;        // of one check
inline constexpr std::size_t kCheckListsListed = 100;
inline constexpr std::size_t kCheckRefused = 64;  // files kept as evidence, in one epoch

// Protected sites and movements. A footprint of 5 km holds a camp or a dam; the largest legs of a
// route are a day's drive.
inline constexpr std::int64_t kSiteFootprintMm = 5'000'000;
inline constexpr std::int64_t kSiteMsMax = 366LL * 24 * 3'600'000;  // then it is reconfirmed
inline constexpr std::size_t kNoticeRefs = 200;  // notices that one receipt answers; fits an entry
inline constexpr std::size_t kRoutePoints = 100;
inline constexpr std::int64_t kRouteLegMm = 1'000'000'000;  // 1,000 km
inline constexpr std::int64_t kCorridorHalfWidthMm = 20'000'000;
inline constexpr std::int64_t kMovementMsMax = 30LL * 24 * 3'600'000;
inline constexpr std::size_t kVehicles = 100;         // described one by one in a notice
inline constexpr std::size_t kNoticeUnits = 50;       // that one statement says it was passed on to
inline constexpr std::size_t kCaseRefs = 5'000;       // entries that one case lists
inline constexpr std::size_t kCoordinateBytes = 200;  // one coordinate as somebody wrote it
// Lists of sites as files. The longest known list has tens of thousands of entries.
inline constexpr std::size_t kTableBytes = 64U << 20;  // a file, and what it unpacks to
inline constexpr std::size_t kTableRows = 100'000;
inline constexpr std::size_t kTableColumns = 64;
inline constexpr std::size_t kTableCellBytes = 4'000;
inline constexpr std::size_t kTableParts = 1'000;  // files within an XLSX or KMZ
// What a registrar's desk imports at once: it is logged in one step, in which nothing else is done.
inline constexpr std::size_t kImportBytes = 8U << 20;  // the body of the request
inline constexpr std::size_t kImportSites = 5'000;
inline constexpr std::size_t kMapSites = 100'000;  // points that one answer for the map holds
// Sealed copies of private details travel in pieces, so that a poor line need not carry one whole.
inline constexpr std::size_t kSealedPieceBytes = 256U << 10;
inline constexpr std::size_t kSealedFetches = 4;  // pieces asked for at once, of all peers
// How long a recipient keeps private details after the entry is over: as long as the account of a
// case takes.
inline constexpr std::int64_t kDetailsKeepMs = 30LL * 24 * 3'600'000;
// A copy of a list for one recipient. Its places are circles of at least 1 km, and of 100 km at
// most; its entries fit into one private content.
inline constexpr std::size_t kListCopyEntries = 5'000;
inline constexpr std::int64_t kCoarseMmMin = 1'000'000;
inline constexpr std::int64_t kCoarseMmMax = 100'000'000;
inline constexpr std::size_t kListCopiesListed = 200;  // in one answer of the API

// Feeds. The longest real SBS line is under 200 bytes.
inline constexpr std::size_t kFeedLineBytes = 512;
inline constexpr std::size_t kTracksKept = 100'000;  // aircraft remembered by the watch

// The UTM interface. A body with 20,000 OVNs has 3 MB; a token ten times what authorities issue.
inline constexpr std::size_t kTokenBytes = 8U << 10;
inline constexpr std::size_t kUtmBodyBytes = 4U << 20;
inline constexpr std::size_t kUssUrlBytes = 1'000;          // many are stored and sent together
inline constexpr std::size_t kSubscriptionStates = 10'000;  // named by one notification

// HTTP.
inline constexpr std::size_t kHttpHeaderBytes = 8U << 10;
inline constexpr std::size_t kHttpResponseBytes = 16U << 20;
inline constexpr std::size_t kHttpConnections = 1'000;
inline constexpr std::size_t kSseClients = 100;
inline constexpr std::size_t kOutboxBytes = 1U << 20;  // unsent to one listener, then it is cut
inline constexpr std::size_t kClientQueue = 64;        // requests waiting for one peer

}  // namespace detente::limits
