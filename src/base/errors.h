// SPDX-License-Identifier: Apache-2.0
//
// The one table of errors: name, number, sentence. A code exists only where a caller can react to
// it. Numbers are grouped by folder and never reused; a removed line stays as a comment.
#pragma once

// clang-format off
#define DETENTE_ERRORS(X)                                                                       \
  /* 1000 to 1099: base */                                                                      \
  X(bad_encoding, 1001, "the text is not valid hex, base64 or UTF-8")                           \
  X(bad_time, 1002, "the time is not RFC 3339 with a zone, or out of range")                    \
  X(json_malformed, 1010, "this is not JSON")                                                   \
  X(json_too_large, 1011, "the JSON document is larger than the limit")                         \
  X(json_too_deep, 1012, "the JSON document is nested deeper than the limit")                   \
  X(json_duplicate_key, 1013, "a JSON object has the same member twice")                        \
  X(json_number, 1014, "a number is not a whole number in the range that signed formats allow") \
  X(json_member_missing, 1020, "a member that must be present is missing")                      \
  X(json_member_type, 1021, "a member has the wrong type")                                      \
  X(json_member_range, 1022, "a member's value is outside the allowed range")                   \
  X(json_member_unknown, 1023, "a member is not known here")                                    \
  /* 1100 to 1199: crypto */                                                                    \
  X(key_malformed, 1101, "the key is not a valid key of the kind that is asked for")            \
  X(signature_invalid, 1102, "the signature does not verify")                                   \
  X(voprf_element, 1103, "this is no group element of the suite, or it is the identity")        \
  X(voprf_input, 1104, "the batch is empty, too large or uneven, or an input has no element")   \
  X(voprf_proof, 1105, "the proof does not show that the key that was named was used")          \
  /* 1200 to 1299: geo */                                                                       \
  X(geo_out_of_range, 1201, "a coordinate is outside latitude -90..90 or longitude -180..180")  \
  X(geo_swapped, 1202, "latitude and longitude look swapped")                                   \
  X(geo_degenerate, 1203, "the shape has no area")                                              \
  X(geo_self_crossing, 1204, "the polygon's edges cross or repeat a vertex")                    \
  X(geo_too_few_vertices, 1205, "a polygon needs at least three vertices")                      \
  X(geo_too_many_vertices, 1206, "the polygon has more vertices than the limit")                \
  X(geo_too_large, 1207, "the shape is larger than the limit or than half of the earth")        \
  X(geo_altitude_reversed, 1208, "the altitude floor is above the ceiling")                     \
  X(geo_altitude_range, 1209, "an altitude is outside the allowed range")                       \
  X(geo_time_reversed, 1210, "the end is not after the start")                                  \
  X(geo_time_range, 1211, "the time span is too long or too far away")                          \
  X(geo_ambiguous, 1212, "an edge joins opposite points of the earth, so its path is unclear")  \
  X(cover_too_many, 1213, "the covering needs more cells than the cap: choose it coarser")      \
  X(coordinates_malformed, 1220, "this is no coordinate in a spelling that is known here")      \
  X(coordinates_datum, 1221, "the coordinate is of another datum than WGS84")                   \
  /* 2000 to 2199: record */                                                                    \
  X(note_malformed, 2001, "the signed note is malformed")                                       \
  X(note_unsigned, 2002, "the note carries no valid signature of a known key")                  \
  X(note_bad_signature, 2003, "a known key's signature on the note does not verify")            \
  X(note_unknown_key, 2004, "the note carries a signature line of an unknown key")              \
  X(vkey_malformed, 2005, "the verifier key is malformed")                                      \
  X(checkpoint_malformed, 2010, "the checkpoint is malformed")                                  \
  X(checkpoint_origin, 2011, "the checkpoint is for another log")                               \
  X(checkpoint_smaller, 2012, "the checkpoint is smaller than one already verified")            \
  X(checkpoint_conflict, 2013, "the checkpoint does not extend the one already verified")       \
  X(proof_malformed, 2020, "the proof is malformed")                                            \
  X(proof_invalid, 2021, "the proof does not lead to the signed root")                          \
  X(tile_malformed, 2030, "the tile or entry bundle is malformed")                              \
  X(tile_missing, 2031, "a tile or entry bundle is missing")                                    \
  X(tile_mismatch, 2032, "a tile or entry bundle does not match the signed root")               \
  X(file_unexpected, 2033, "a file lies in the log's folder that does not belong to the log")   \
  X(entry_malformed, 2040, "the log entry is malformed")                                        \
  X(entry_too_large, 2041, "the log entry is larger than 65,535 bytes")                         \
  X(entry_index, 2042, "the entry names another index than the one it stands at")               \
  X(entry_seen, 2043, "the entry's view of another log goes back or contradicts that log")      \
  X(entry_wrong_log, 2044, "the statement was signed for another log or agreement")             \
  X(entry_repeated, 2045, "a statement with this id stands in the log already")                 \
  X(entry_expired, 2046, "the statement was logged after it expired")                           \
  X(entry_time_back, 2047, "the entry's time is before the entry ahead of it")                  \
  X(key_undelegated, 2050, "the signing key was never delegated by the party's root key")       \
  X(key_expired, 2051, "the signing key's delegation has expired")                              \
  X(key_revoked, 2052, "the signing key was revoked")                                           \
  X(key_role, 2053, "the signing key's role does not allow this statement")                     \
  X(signers_too_few, 2054, "the statement needs signatures of more different officers")         \
  X(key_repeated, 2055, "the key or its name was delegated before")                             \
  X(log_not_opened, 2060, "the log does not begin with its opening statement")                  \
  X(log_reopened, 2061, "the log is opened a second time")                                      \
  X(log_closed, 2062, "the log was closed; nothing can follow")                                 \
  X(policy_malformed, 2070, "the cosigning policy is malformed")                                \
  X(policy_unmet, 2071, "the checkpoint lacks cosignatures that the policy asks for")           \
  X(witness_unknown_log, 2072, "this witness does not know the log")                            \
  X(witness_conflict, 2073, "the witness cosigned another size of this log last")               \
  X(evidence_malformed, 2080, "the evidence file is malformed")                                 \
  X(evidence_unproven, 2081, "the evidence shows no contradiction and convicts nobody")         \
  X(content_malformed, 2090, "the private content or its opening is malformed")                 \
  X(content_mismatch, 2091, "the opening does not match the commitment")                        \
  X(content_unknown, 2092, "no such private content is at hand")                                \
  X(content_destroyed, 2093, "the content was destroyed; nobody can open it")                   \
  X(content_sealed, 2094, "the sealed copy cannot be opened with this key")                     \
  X(extract_malformed, 2100, "the extract is malformed")                                        \
  X(extract_mismatch, 2101, "the extract does not prove what it says")                          \
  X(archive_malformed, 2110, "the courier file is malformed")                                   \
  X(archive_foreign, 2111, "the courier file is not from a party of this agreement")            \
  X(claim_malformed, 2120, "the claim about a private check is malformed")                      \
  X(claim_unproven, 2121, "the claim about a private check is not what the record shows")       \
  /* 2200 to 2299: terms */                                                                     \
  X(agreement_malformed, 2201, "the agreement is malformed")                                    \
  X(agreement_unknown_party, 2202, "the agreement names a party that it does not define")       \
  X(agreement_unknown_role, 2203, "the role is not one of the roles of this product")           \
  X(agreement_unknown_clause, 2204, "the agreement names a clause that it does not define")     \
  X(agreement_unknown_class, 2205, "the agreement names an area class that it does not define") \
  X(agreement_repeated, 2206, "an identifier is used twice")                                    \
  X(agreement_unkeyed, 2207, "a party of the agreement has no keys yet")                        \
  X(agreement_consent, 2208, "a procedure asks for no concurrence of another party")            \
  X(agreement_not_in_force, 2209, "the agreement is not in force")                              \
  X(agreement_other, 2210, "this is not the agreement that was signed")                         \
  X(agreement_unknown_stage, 2211, "the agreement names a stage that it does not define")       \
  X(agreement_unknown_obligation, 2212, "the agreement names an undefined obligation")          \
  X(agreement_contradiction, 2213, "two terms of the agreement contradict each other")          \
  X(agreement_circular, 2214, "terms of the agreement wait for each other in a circle")         \
  X(agreement_unreachable, 2215, "a term of the agreement can never come true")                 \
  X(answers_malformed, 2217, "the file of questions and answers is malformed")                  \
  X(purpose_unknown, 2220, "the purpose is not one that this product knows")                    \
  X(restraint, 2230, "input that nominates, ranks or describes targets is refused")             \
  X(agreement_version, 2240, "this is not the version of the agreement that is in force")       \
  X(agreement_suspended, 2241, "the agreement or this function of it is suspended")             \
  X(agreement_withdrawn, 2242, "a party withdrew from the agreement or this function of it")    \
  X(agreement_state, 2243, "the agreement's state does not allow this")                         \
  X(agreement_party, 2244, "this party may not do this under the agreement")                    \
  X(agreement_time, 2245, "a time in the statement is too early or too late")                   \
  X(stage_unknown, 2250, "no such stage stands in the agreement")                               \
  X(stage_conditions, 2251, "a condition for the beginning of the stage is not met")            \
  X(stage_state, 2252, "the stage's state does not allow this")                                 \
  X(stage_evidence, 2253, "no entry that is referred to is evidence for this reset")            \
  X(obligation_unknown, 2255, "no such obligation stands in the agreement")                     \
  X(obligation_party, 2256, "another party has this obligation, or verifies it")                \
  X(obligation_evidence, 2257, "the report that the statement must refer to is not there")      \
  X(exception_unknown, 2260, "no such exception stands in the agreement")                       \
  X(exception_time, 2261, "an exception cannot be declared before it is used")                  \
  X(annex_mismatch, 2265, "this does not open the commitment in the agreement")                 \
  /* 2300 to 2399: airspace */                                                                  \
  X(activity_malformed, 2301, "the activity is malformed")                                      \
  X(activity_unknown, 2302, "no such activity is known")                                        \
  X(activity_state, 2303, "the activity's state does not allow this")                           \
  X(activity_conflict, 2304, "the activity conflicts with another one")                         \
  X(activity_own_conflict, 2305, "this party has a live activity of its own that conflicts")    \
  X(activity_late, 2306, "the notice was not held by the counterpart early enough")             \
  X(activity_rule, 2307, "a rule of the agreement forbids the activity")                        \
  X(activity_concurrence, 2308, "a concurrence that the agreement asks for is missing")         \
  X(activity_evidence, 2309, "the evidence that an act must carry is missing or does not fit")  \
  X(activity_not_owner, 2310, "only the party that filed the activity can do this")             \
  X(activity_own, 2311, "a party cannot answer its own activity")                               \
  X(activity_place, 2312, "the geometry is far from the place that it names")                   \
  X(activity_not_asked, 2313, "the agreement asks this party for no answer to the activity")    \
  X(activity_place_question, 2314, "the notice lies far from the place that it names: confirm?") \
  X(activity_read_back, 2315, "the geometry was not read back, or what was read does not fit")  \
  X(activity_repeated, 2316, "these officers have concurred with the activity already")         \
  X(activity_check, 2317, "a private check that the agreement asks for is missing or not its")  \
  X(link_not_fresh, 2320, "the link to a party whose consent is needed is not fresh")           \
  X(stop_unknown, 2330, "no such STOP is known")                                                \
  X(stop_in_force, 2331, "a STOP is in force; nothing becomes active")                          \
  X(stop_not_sender, 2332, "only the party that sent the STOP can lift it")                     \
  /* 2400 to 2499: protection */                                                                \
  X(protection_malformed, 2401, "the statement about a site or movement is malformed")          \
  X(protection_unknown, 2402, "no such site, movement, contest or case is known")               \
  X(protection_not_owner, 2403, "only the owner or its proxy can do this")                      \
  X(protection_own, 2404, "a party does not answer itself")                                     \
  X(protection_state, 2405, "the entry is at another step, removed or over")                    \
  X(protection_same_officer, 2406, "a second person of the owner must do this")                 \
  X(protection_consent, 2407, "the owner does not consent to every party that would read this") \
  X(protection_list, 2408, "entries are removed or contested one by one, never a whole list")   \
  X(protection_content, 2409, "the private details are not what the log commits to")            \
  X(protection_recipient, 2410, "a recipient has no box key in its log: nothing can be sealed")  \
  /* 2500 to 2599: checks */                                                                    \
  X(checks_malformed, 2501, "the statement or file of a private check is malformed")            \
  X(checks_epoch, 2502, "no epoch of private checks is open for this, or it is another one")    \
  X(checks_footprint, 2503, "the activity is smaller than the least that may be checked")       \
  X(checks_too_many, 2504, "the plan needs more tokens than a plan may have: cover it coarser") \
  X(checks_budget, 2505, "the budget of this epoch is used up")                                 \
  X(checks_not_posted, 2506, "a query needs a post of the same commitment and size before it")  \
  X(checks_state, 2507, "it was posted, asked or answered before, or there is nothing yet")     \
  X(checks_file, 2508, "the file is not the one whose hash stands in the log, or malformed")    \
  X(checks_party, 2509, "this party has no part in it, or it is the other side's to do")        \
  X(checks_frozen, 2510, "the two results differ: this pair's checks wait for the auditor")     \
  X(checks_answer, 2511, "the answer was not made with the key of the epoch")                   \
  X(checks_unknown, 2512, "no such private check, list or file is here")                        \
  X(checks_terms, 2513, "the agreement asks for no private check of this kind")                 \
  /* 2600 to 2699: wire */                                                                      \
  X(feed_malformed, 2601, "the feed line is malformed")                                         \
  X(feed_line_too_long, 2602, "the feed line is longer than the limit")                         \
  X(feed_binary, 2603, "the feed carries bytes that are not text")                              \
  X(geojson_malformed, 2610, "the GeoJSON is malformed")                                        \
  X(f3548_malformed, 2620, "a body or an id of the UTM interface is not as its schema says")    \
  X(f3548_limit, 2621, "a body of the UTM interface is beyond a limit of this server")          \
  X(token_malformed, 2630, "the access token is not a JWT that is signed with RS256")           \
  X(token_signature, 2631, "no trusted key verifies the access token: ask its authority")       \
  X(token_expired, 2632, "the access token is not valid now: get a new one, check the clock")   \
  X(token_audience, 2633, "the access token was issued for another server")                     \
  X(token_claims, 2634, "a claim of the access token is missing, wrong or out of bounds")       \
  X(table_malformed, 2640, "the file is not a table in a format that is read here")             \
  X(table_too_large, 2641, "the table is beyond a limit of rows, columns or bytes")             \
  /* 2700 to 2799: utm */                                                                       \
  X(utm_scope, 2701, "the token lacks the scope that the operation needs")                      \
  X(utm_not_manager, 2702, "only the USS that manages it may do this")                          \
  X(utm_unknown, 2703, "nothing with this id is known")                                         \
  X(utm_nothing_to_update, 2704, "there is no operational intent with this id to update")       \
  X(utm_exists, 2705, "there is one with this id already")                                      \
  X(utm_version, 2706, "it has changed since the version that the request names")               \
  X(utm_conflict, 2707, "the request does not show that it knows the airspace around it")       \
  X(utm_state, 2708, "the operational intent cannot take this state")                           \
  X(utm_time, 2709, "a time is too early, too late or too long")                                \
  X(utm_subscription, 2710, "the subscription does not allow this")                             \
  X(utm_ovn_suffix, 2711, "the requested OVN cannot be given")                                  \
  X(utm_down, 2712, "a USS that is marked as Down may not do this")                             \
  X(utm_busy, 2713, "this USS sends more requests than the limit allows")                       \
  X(utm_too_many, 2714, "the search finds more than one answer may hold")                       \
  X(utm_old_notice, 2715, "a newer version of this entity has been told already")               \
  X(utm_too_big, 2716, "it does not fit into one statement of the record")                      \
  /* 2900 to 2999: hotline */                                                                   \
  X(hotline_malformed, 2901, "the hotline statement is malformed")                              \
  X(hotline_form, 2902, "there is no such form, or the fields do not fit it")                   \
  X(hotline_unknown, 2903, "no such warning, message or call is known")                         \
  X(hotline_not_sender, 2904, "only the party that sent it can do this")                        \
  X(hotline_own, 2905, "a party does not answer itself")                                        \
  X(hotline_state, 2906, "it is answered, over or off already")                                 \
  X(flash_malformed, 2910, "this is not a flash")                                               \
  /* 3000 to 3099: node */                                                                      \
  X(node_fenced, 3001, "the node may not sign until its peers confirm its newest head")         \
  X(node_halted, 3002, "the node stopped writing after a storage failure")                      \
  X(node_unknown_peer, 3003, "no such peer is named in the agreement")                          \
  X(node_rolled_back, 3004, "peers hold more of this log than this node, its writer")           \
  X(node_damaged, 3005, "entries of a log on this disk are damaged")                            \
  /* 4000 to 4099: store */                                                                     \
  X(store_io, 4001, "reading or writing the disk failed")                                       \
  X(store_full, 4002, "the disk is full")                                                       \
  X(store_read_only, 4003, "the folder cannot be written")                                      \
  X(store_locked, 4004, "another process uses this folder")                                     \
  X(store_corrupt, 4005, "what was read back is not what was written")                          \
  X(store_not_found, 4006, "no such file or folder")                                            \
  X(store_lost_race, 4007, "the head on disk is not the one this process wrote last")           \
  /* 4100 to 4199: net */                                                                       \
  X(net_refused, 4101, "the connection was refused or cut")                                     \
  X(net_timeout, 4102, "the other side did not answer in time")                                 \
  X(net_tls, 4103, "the TLS handshake or a certificate failed")                                 \
  X(net_port_busy, 4104, "the port is in use by another program")                               \
  X(http_malformed, 4110, "the HTTP message is malformed")                                      \
  X(http_too_large, 4111, "the HTTP message is larger than the limit")                          \
  X(http_not_found, 4112, "there is nothing at this path")                                      \
  X(http_method, 4113, "this path does not take this method")                                   \
  X(http_unauthorized, 4114, "a client certificate or bearer token is needed")                  \
  X(http_forbidden, 4115, "this role may not do that")                                          \
  X(http_status, 4116, "the other side answered with an error")                                 \
  X(http_internal, 4117, "the server failed while it answered")                                 \
  /* 5000 to 5099: app */                                                                       \
  X(usage, 5001, "the command line is not understood")                                          \
  X(already_exists, 5002, "the folder already holds a node")                                    \
  X(promise_broken, 5003, "something that the scenario promises did not happen")                \
  X(child_failed, 5004, "a program that was started here ended with an error")                  \
  X(interrupted, 5005, "the work was interrupted")
// clang-format on

namespace detente {

enum class Errc : int {
#define DETENTE_X(name, number, sentence) name = number,
  DETENTE_ERRORS(DETENTE_X)
#undef DETENTE_X
};

// The code's name as written above, e.g. "json_malformed"; stable, used in the API.
const char* errc_name(Errc code);

// The code's sentence, for a person.
const char* errc_sentence(Errc code);

}  // namespace detente
