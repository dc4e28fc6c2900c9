#include "modules/webhooks/subscriptions.hpp"

#include "modules/webhooks/definition.hpp"

namespace perennial::webhooks {

std::unique_ptr<Subscriptions> Subscriptions::compile(const projects::Snapshot& snapshot) {
    auto out = std::make_unique<Subscriptions>();
    for (const projects::Definition* definition :
         snapshot.all(projects::definition_kind::webhook)) {
        const Webhook webhook = read_webhook(*definition);
        if (!webhook.active) continue;
        out->targets_[webhook.id] = {webhook.id, webhook.target_url, webhook.secret,
                                     webhook.previous_secret, webhook.previous_until};
        for (const std::string& name : webhook.events) {
            const auto type = event_type_from(name);
            if (!type) continue;  // of a later version of the program
            auto& wanting = out->by_type_[static_cast<std::size_t>(*type)];
            // Both spellings of one name may stand in a list.
            if (wanting.empty() || wanting.back() != webhook.id) wanting.push_back(webhook.id);
        }
    }
    return out;
}

const Target* Subscriptions::target(const RawId& webhook) const {
    auto found = targets_.find(webhook);
    return found == targets_.end() ? nullptr : &found->second;
}

}  // namespace perennial::webhooks
