#include "modules/members/profile.hpp"

#include "modules/earning/usage.hpp"
#include "modules/members/commands.hpp"

namespace perennial::members {
namespace {

using Rules = std::vector<const earning::Rule*>;

const Rules& rules_of(const projects::Snapshot& snapshot, const ledger::ProgramId& program,
                      earning::Trigger trigger) {
    static const Rules none;
    const auto& all = snapshot.get<earning::Rules>().on_member;
    const auto found = all.find({program, trigger});
    return found == all.end() ? none : found->second;
}

bool filled(const json::value* value) {
    return value != nullptr && !value->is_null() &&
           !(value->is_string() && value->get_string().empty());
}

bool has(const customers::Customer& customer, const json::object& profile,
         const json::object& metadata, std::string_view field) {
    if (field == "name") return customer.name && !customer.name->empty();
    if (field == "email") return customer.email && !customer.email->empty();
    if (field == "phone") return customer.phone && !customer.phone->empty();
    if (field.starts_with("metadata.")) return filled(metadata.if_contains(field.substr(9)));
    if (field.starts_with("address.")) {
        const json::value* address = profile.if_contains("address");
        return address != nullptr && address->is_object() &&
               filled(address->get_object().if_contains(field.substr(8)));
    }
    return filled(profile.if_contains(field));
}

bool is_complete(const customers::Customer& customer, const std::vector<std::string>& fields) {
    const auto parsed = [](const std::string& text) {
        return text.empty() ? json::object() : json::parse(text).as_object();
    };
    const json::object profile = parsed(customer.profile);
    const json::object metadata = parsed(customer.metadata);
    return std::ranges::all_of(fields, [&](const std::string& field) {
        return has(customer, profile, metadata, field);
    });
}

// True when it had not happened to this card yet.
bool first_time(const projects::Context& context, const ledger::Card& card,
                const earning::Rule& rule) {
    auto& usage = context.batch.get<earning::Usage>();
    if (!usage.used(context.batch, context.project, card.id, rule.id, earning::Span::member, {})
             .is_zero())
        return false;
    usage.add(context.batch, context.project, card.id, rule.id, earning::Span::member, {},
              Points(1));
    return true;
}

void complete(const projects::Context& context, ledger::Card& card,
              const customers::Customer& customer) {
    for (const earning::Rule* rule :
         rules_of(*context.snapshot, card.program, earning::Trigger::profile_completed))
        if (rule->runs_at(context.now) && is_complete(customer, rule->profile) &&
            first_time(context, card, *rule))
            earn_by(context, card, customer, *rule, {"profile", card.id});
}

}  // namespace

void earn_for_joining(const projects::Context& context, ledger::Card& card,
                      const customers::Customer& customer) {
    if (context.snapshot->get<earning::Rules>().on_member.empty()) return;
    for (const earning::Rule* rule :
         rules_of(*context.snapshot, card.program, earning::Trigger::member_joined))
        earn_by(context, card, customer, *rule, {"joining", card.id});
    complete(context, card, customer);
    projects::or_roll_back(settle(context, card, &customer));
}

void profile_changed(const projects::Context& context, const customers::Customer& customer) {
    for (const customers::CardRef& ref : customer.cards) {
        const ledger::ProgramId program(ref.program);
        const auto& rules = context.snapshot->get<earning::Rules>();
        const bool yearly = rules.on_yearly.contains(program);
        if (!yearly &&
            rules_of(*context.snapshot, program, earning::Trigger::profile_completed).empty())
            continue;
        const campaigns::Program* found =
            context.snapshot->get<campaigns::Programs>().find(program);
        if (found == nullptr || !found->runs_at(context.now)) continue;
        load_cards(context.batch, customer);
        ledger::Card* card =
            context.batch.get<ledger::Set>().find(context.project, ledger::CardId(ref.card));
        CHECK(card != nullptr);
        // What is due goes by what was known before.
        roll(context, *card);
        const Rulebook book = rulebook(*context.snapshot, program);
        if (yearly && learn_birthday(context, *card, book, book.zone.local_date(context.now)))
            context.batch.get<ledger::Set>().touch(*card);
        if (!card->active) continue;
        complete(context, *card, customer);
        projects::or_roll_back(settle(context, *card, &customer));
    }
}

}  // namespace perennial::members
