// SPDX-License-Identifier: Apache-2.0
#include "detente-verify/fetch.h"

#include <curl/curl.h>
#include <fmt/core.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "record/tiles.h"

namespace detente::verify {
namespace {

// The largest file of a log: a full bundle of the largest entries.
constexpr std::size_t kFileBytes = record::kTileWidth * (2 + limits::kEntryBytes);
constexpr long kConnectSeconds = 10;

using Clock = std::chrono::steady_clock;

struct FreeHandle {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
using Handle = std::unique_ptr<CURL, FreeHandle>;

struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

struct Answer {
  Bytes body;
  std::atomic<std::uint64_t>* left = nullptr;  // bytes of all answers that are still allowed
  const char* refused = nullptr;
};

// Called by libcurl for each piece of a body; another number than it gave ends the transfer.
std::size_t take_piece(char* data, std::size_t size, std::size_t count, void* to) {
  Answer& answer = *static_cast<Answer*>(to);
  const std::size_t bytes = size * count;
  if (answer.body.size() + bytes > kFileBytes) {
    answer.refused = "the file is larger than a log's can be";
    return 0;
  }
  if (answer.left->fetch_sub(bytes) < bytes) {
    answer.left->store(0);
    answer.refused = "the server has sent more bytes than are allowed for one log";
    return 0;
  }
  answer.body.insert(answer.body.end(), data, data + bytes);
  return bytes;
}

class Remote {
 public:
  explicit Remote(Source source)
      : source_(std::move(source)),
        left_(source_.bytes_max),
        end_(Clock::now() + std::chrono::seconds(source_.seconds_total_max)) {
    while (source_.url.ends_with('/')) source_.url.pop_back();
    if (source_.token.empty()) return;
    headers_.reset(curl_slist_append(nullptr, ("Authorization: Bearer " + source_.token).c_str()));
  }

  Result<Bytes> read(const std::string& path) {
    if (path == "checkpoint") {
      const std::lock_guard lock(mutex_);
      if (!checkpoint_) checkpoint_ = get(path, kept_for_checkpoint_);
      return *checkpoint_;
    }
    Handle handle = take_handle();
    Result<Bytes> out = read_tile(path, handle);
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(handle));
    return out;
  }

 private:
  Handle take_handle() {
    const std::lock_guard lock(mutex_);
    if (idle_.empty()) return nullptr;
    Handle out = std::move(idle_.back());
    idle_.pop_back();
    return out;
  }

  Result<Bytes> read_tile(const std::string& path, Handle& handle) {
    Result<Bytes> exact = get(path, handle);
    if (exact || exact.error().code != Errc::tile_missing) return exact;
    const Result<record::TilePath> wanted = record::parse_tile_path(path);
    if (!wanted || wanted->width == static_cast<int>(record::kTileWidth)) return exact;
    record::TilePath full = *wanted;
    full.width = static_cast<int>(record::kTileWidth);
    const Result<Bytes> wider = get(full.text(), handle);
    if (!wider) return exact;
    return record::cut_tile(*wanted, *wider);
  }

  Result<Bytes> get(const std::string& path, Handle& handle) {
    if (Clock::now() > end_) return fail(Errc::store_io, "the server took too long", path);
    if (!handle) handle.reset(curl_easy_init());
    if (!handle) return fail(Errc::store_io, "no memory for a connection", path);
    Answer answer;
    answer.left = &left_;
    CURL* const curl = handle.get();
    curl_easy_reset(curl);  // keeps the connection
    curl_easy_setopt(curl, CURLOPT_URL, (source_.url + "/" + path).c_str());
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, static_cast<long>(source_.seconds_max));
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_piece);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer);
    if (headers_) curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers_.get());
    if (!source_.ca_file.empty()) {
      curl_easy_setopt(curl, CURLOPT_CAINFO, source_.ca_file.c_str());
    }
    const CURLcode done = curl_easy_perform(curl);
    if (answer.refused != nullptr) return fail(Errc::store_io, answer.refused, path);
    if (done != CURLE_OK) return fail(Errc::store_io, curl_easy_strerror(done), path);
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    if (status == 404) return fail(Errc::tile_missing, "the server answers 404", path);
    if (status != 200) {
      return fail(Errc::store_io, fmt::format("the server answers {}", status), path);
    }
    return std::move(answer.body);
  }

  Source source_;
  std::atomic<std::uint64_t> left_;
  const Clock::time_point end_;
  std::unique_ptr<curl_slist, FreeList> headers_;
  std::mutex mutex_;
  std::vector<Handle> idle_;
  Handle kept_for_checkpoint_;
  std::optional<Result<Bytes>> checkpoint_;
};

}  // namespace

Result<record::LogFolder> remote_log(Source source) {
  if (!source.url.starts_with("http://") && !source.url.starts_with("https://")) {
    return fail(Errc::store_io, "an address begins with http:// or https://", source.url);
  }
  static const bool ready = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  if (!ready) return fail(Errc::store_io, "libcurl could not be initialised", source.url);
  const auto remote = std::make_shared<Remote>(std::move(source));
  record::LogFolder out;
  out.listed = false;
  out.read = [remote](const std::string& path) { return remote->read(path); };
  return out;
}

}  // namespace detente::verify
