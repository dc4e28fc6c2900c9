// The webhooks of a project, compiled: who wants what.
#pragma once
#include <array>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "modules/projects/snapshot.hpp"
#include "modules/webhooks/event_types.hpp"
#include "modules/webhooks/model.hpp"

namespace perennial::webhooks {

/// Where an active webhook is sent, and what signs it.
struct Target {
    WebhookId id;
    std::string url;
    std::string secret;  ///< "whsec_…" as shown at creation
    std::string previous_secret = {};
    std::optional<Timestamp> previous_until = {};  ///< signed by both until then
};

class Subscriptions {
  public:
    static std::unique_ptr<Subscriptions> compile(const projects::Snapshot&);

    bool wants(EventType type) const { return !webhooks(type).empty(); }
    /// The active webhooks that want it, oldest first.
    std::span<const RawId> webhooks(EventType type) const {
        return by_type_[static_cast<std::size_t>(type)];
    }
    /// Null when there is no such webhook or it is not active.
    const Target* target(const RawId& webhook) const;

  private:
    std::array<std::vector<RawId>, event_type_count> by_type_;
    std::unordered_map<RawId, Target, RawIdHash> targets_;
};

}  // namespace perennial::webhooks
