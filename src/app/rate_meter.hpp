// Counts calls in fixed windows, without locks. Per process: several servers admit as much each.
#pragma once
#include <atomic>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "modules/projects/model.hpp"
#include "platform/http/rate_limit.hpp"

namespace perennial::app {

/// One window's count: the number of the window and what was used of it, in one word.
class RateMeter {
  public:
    /// Takes one call of the window that `now` is in. Nothing remains and false when it is used up.
    bool take(const projects::CallLimit&, Timestamp now, http::RateLimit& told);

  private:
    std::atomic<std::uint64_t> state_{0};
};

/// All limits of one key. A call counts in each; told is the one that leaves least.
class KeyMeter {
  public:
    explicit KeyMeter(std::vector<projects::CallLimit> limits)
        : limits_(std::move(limits)), meters_(limits_.size()) {}
    bool take(Timestamp now, http::RateLimit& told);
    const std::vector<projects::CallLimit>& limits() const { return limits_; }

  private:
    std::vector<projects::CallLimit> limits_;
    std::vector<RateMeter> meters_;
};

/// Calls by address, for client-side keys. What is known is forgotten with each window.
class AddressMeter {
  public:
    explicit AddressMeter(projects::CallLimit limit) : limit_(limit) {}
    bool take(std::string_view address, Timestamp now, http::RateLimit& told);

  private:
    static constexpr std::size_t addresses_max = 100'000;  ///< in one window; more are refused
    projects::CallLimit limit_;
    std::mutex mutex_;
    std::int64_t window_ = 0;
    std::unordered_map<std::string, std::int64_t> used_;
};

/// The address that limits count by: an IPv4 address, or the first 64 bits of an IPv6 one, of which
/// one subscriber has all.
std::string address_block(std::string_view address);

}  // namespace perennial::app
