#include "modules/tiers/mappings.hpp"

#include "modules/campaigns/definitions.hpp"

namespace perennial::tiers {

void forget(const projects::Context& context, const RawId& program, std::string_view id) {
    for (const projects::Definition* tier :
         context.snapshot->children(projects::definition_kind::loyalty_tier, program)) {
        json::object doc = tier->doc;
        std::size_t erased = 0;
        for (const std::string_view name : {"earning_rules", "rewards"})
            if (json::value* mappings = doc.if_contains(name))
                erased += mappings->as_object().erase(id);
        if (erased > 0) campaigns::change(context, *tier, tier->name, std::move(doc));
    }
}

}  // namespace perennial::tiers
