#include "app/flows/member_rewards_routes.hpp"

#include "app/flows/redemption_parts.hpp"
#include "modules/campaigns/definitions.hpp"
#include "modules/counters/store.hpp"
#include "modules/members/codec.hpp"
#include "modules/members/queries.hpp"
#include "modules/rewards/codec.hpp"
#include "modules/rewards/store.hpp"

namespace perennial::flows {
namespace {

namespace kind = projects::definition_kind;
using http::Method;
using http::Request;
using projects::Permission;
using projects::ReadContext;

template <class Item>
json::array page_of(std::vector<Item> items, const http::Page& page) {
    json::array out;
    for (auto i = static_cast<std::size_t>(page.offset());
         i < items.size() && out.size() < static_cast<std::size_t>(page.limit); ++i)
        out.push_back(std::move(items[i]));
    return out;
}

std::optional<customers::Customer> holder_of(const ReadContext& context, const RawId& customer) {
    if (customer.is_nil()) return std::nullopt;
    return customers::load_customer(context.tx, context.project, customers::CustomerId(customer));
}

json::object offer_json(const ReadContext& context, const rewards::RedemptionFacts& facts,
                        const std::vector<rewards::Missing>& missing) {
    const projects::Snapshot& snapshot = *context.snapshot;
    json::object terms = rewards::assignment_json(
        *snapshot.find(kind::reward_assignment, facts.assignment->id));
    if (facts.reward.type != rewards::Type::coin)
        terms["parameters"].as_object()["loyalty"].as_object()["points"] =
            rewards::price_of(*facts.assignment, facts.tier, facts.member).value;
    json::object out{
        {"reward", rewards::to_json(*snapshot.find(kind::reward, facts.reward.id), facts.used)},
        {"assignment", std::move(terms)},
        {"available", missing.empty()},
        {"missing", rewards::missing_json(missing, snapshot.get<tiers::Tiers>())}};
    if (facts.reward.type == rewards::Type::coin && !facts.minimum_order.is_zero() &&
        facts.reward.kind != rewards::Kind::donation)
        out["minimum_order_to_spend"] = facts.minimum_order.value;
    out["object"] = "loyalty_reward";
    return out;
}

// At the member's own price, with what is missing. Those that only whom they are for may see are left
// out for others.
Result<http::Response> list_rewards(const Request& request, const ReadContext& context) {
    const projects::Snapshot& snapshot = *context.snapshot;
    TRY(member, members::find_member(context, "", request.path_params[0]));
    TRY(page, http::read_page(request.query, {}));
    http::QueryReader query(request.query);
    const bool affordable_only = query.boolean("affordable_only").value_or(false);
    if (!query.ok()) return query.refuse();
    const auto& all = snapshot.get<rewards::Rewards>();
    std::vector<RawId> ids;
    for (const rewards::Reward& reward : all.all) ids.push_back(reward.id);
    const auto redeemed = rewards::load_redeemed(context.tx, context.project, ids);
    const auto holder = holder_of(context, member.card.customer);
    const RewardMember seen(snapshot, holder ? &*holder : nullptr, member.card, context.now,
                            context.actor.channel);
    std::vector<json::object> items;
    for (const rewards::Assignment& assignment : all.assignments) {
        const rewards::Reward* reward = all.find(assignment.reward);
        if (assignment.program != member.card.program || reward == nullptr) continue;
        const auto used = redeemed.find(reward->id);
        const rewards::RedemptionFacts facts =
            facts_of(snapshot, member.book, member.card, *reward, &assignment,
                     used == redeemed.end() ? 0 : used->second, &seen);
        if (!assignment.listed_for_all && !rewards::is_for(facts)) continue;
        const auto missing = rewards::what_is_missing(facts, context.now);
        if (affordable_only && !missing.empty()) continue;
        items.push_back(offer_json(context, facts, missing));
    }
    const std::size_t total = items.size();
    return campaigns::answer_list("data", page_of(std::move(items), page), total);
}

std::string_view state_of(const json::object& span, Timestamp now) {
    const auto start = campaigns::time_of(span, "starts_at");
    const auto end = campaigns::time_of(span, "ends_at");
    if (start && now < *start) return "UPCOMING";
    return end && *end <= now ? "OVER" : "RUNNING";
}

// The experiences and early accesses that the member has.
Result<http::Response> list_grants(const Request& request, const ReadContext& context) {
    constexpr std::int64_t looked_at_max = 1000;
    TRY(member, members::find_member(context, "", request.path_params[0]));
    TRY(page, http::read_page(request.query, {}));
    rewards::RedemptionQuery wish;
    wish.cards = members::with_joined(context.tx, context.project, member.card.id);
    wish.result = rewards::RedemptionQuery::Result::success;
    wish.rollbacks = false;
    wish.limit = looked_at_max;
    std::vector<json::object> items;
    for (const rewards::Redemption& redemption :
         rewards::list_redemptions(context.tx, context.project, wish)) {
        if (redemption.status == rewards::RedemptionStatus::rolled_back) continue;
        const rewards::Kind of = rewards::kind_of(redemption.shown);
        if (of != rewards::Kind::experience && of != rewards::Kind::early_access) continue;
        const std::string_view name =
            of == rewards::Kind::experience ? "experience" : "early_access";
        const json::object& span = campaigns::object_of(redemption.shown, name);
        json::object one{{"redemption_id", redemption.id.text()},
                         {"reward_id", redemption.reward.text()},
                         {"name", campaigns::text_of(redemption.shown, "name")},
                         {"kind", rewards::kind_name(of)},
                         {name, span},
                         {"state", state_of(span, context.now)},
                         {"granted_at", redemption.created_at.iso()},
                         {"object", "grant"}};
        items.push_back(std::move(one));
    }
    const std::size_t total = items.size();
    return campaigns::answer_list("data", page_of(std::move(items), page), total);
}

std::string_view wallet_status(const members::Member& member, Timestamp now) {
    const campaigns::Program& program = member.book.program;
    if (!member.card.active || !program.active) return "DISABLED";
    if (program.start_date && now < *program.start_date) return "NOT_ACTIVE_YET";
    if (program.expiration_date && *program.expiration_date <= now) return "EXPIRED";
    return member.card.balance.value > 0 ? "ACTIVE" : "NO_BALANCE";
}

constexpr std::string_view holder_prefix = "rh_";

json::object wallet_json(const ReadContext& context, const customers::Customer& customer,
                         const members::Member& member) {
    const ledger::Card& card = member.card;
    json::object voucher =
        members::card_json(card, member.book, counters::used(context.tx, context.project, card.id));
    return {{"id", std::string(holder_prefix) + card.id.hex()},
            {"created_at", card.created_at.iso()},
            {"redeemable_id", card.id.text()},
            {"redeemable_object", "voucher"},
            {"customer_id", customer.id.text()},
            {"customer_source_id", customer.source_id ? json::value(*customer.source_id)
                                                      : json::value(nullptr)},
            {"holder_role", "OWNER"},
            {"campaign_id", card.program.text()},
            {"campaign_type", "LOYALTY_PROGRAM"},
            {"voucher_type", "LOYALTY_CARD"},
            {"redeemable",
             {{"type", "voucher"},
              {"voucher", std::move(voucher)},
              {"status", wallet_status(member, context.now)}}},
            {"object", "redeemable_holder"}};
}

// What a filter of the wallet may name, by the entry's own words.
bool fits(const json::object& entry, const http::FilterCondition& condition) {
    const std::string_view word = campaigns::text_of(entry, condition.field);
    return std::ranges::find(condition.values, word) != condition.values.end();
}

void check_filters(const http::Filters& filters, http::QueryReader& query) {
    static constexpr std::string_view fields[] = {
        "id",          "redeemable_id",  "redeemable_object", "holder_role",
        "campaign_id", "campaign_type",  "voucher_type"};
    for (const http::FilterCondition& condition : filters.conditions)
        if (std::ranges::find(fields, condition.field) == std::end(fields) ||
            (condition.op != "$is" && condition.op != "$in"))
            query.wrong("filters[" + condition.field + "]", "unsupported",
                        "redeemables are filtered with $is and $in by id, redeemable_id, "
                        "redeemable_object, holder_role, campaign_id, campaign_type and "
                        "voucher_type");
}

// A customer has a card a program at most, so the wallet is read whole.
Result<http::Response> list_redeemables(const Request& request, const ReadContext& context) {
    static constexpr std::string_view orders_by[] = {"created_at", "id"};
    const auto customer =
        customers::load_customer(context.tx, context.project, request.path_params[0]);
    if (!customer) return campaigns::refuse_unknown("customer", request.path_params[0]);
    TRY(page, http::read_page(request.query, {orders_by}));
    TRY(filters, request.query.filters());
    http::QueryReader query(request.query);
    const auto after = query.text("starting_after_id", 255);
    check_filters(filters, query);
    std::vector<std::tuple<std::int64_t, RawId, json::object>> all;
    for (const customers::CardRef& ref : customer->cards) {
        const auto member = members::find_member(context, "", ledger::CardId(ref.card).text());
        if (member)
            all.emplace_back(member->card.created_at.ms, member->card.id,
                             wallet_json(context, *customer, *member));
    }
    std::ranges::sort(all, [&](const auto& a, const auto& b) {
        const auto key = [](const auto& one) { return std::tie(std::get<0>(one), std::get<1>(one)); };
        return page.descending ? key(b) < key(a) : key(a) < key(b);
    });
    auto from = all.begin();
    if (after) {
        from = std::ranges::find_if(all, [&](const auto& one) {
            return campaigns::text_of(std::get<2>(one), "id") == *after;
        });
        if (from == all.end())
            query.wrong("starting_after_id", "unknown", "is no redeemable of this customer");
        else
            ++from;
    }
    if (!query.ok()) return query.refuse();
    const auto wanted = [&](const auto& one) {
        const auto holds = [&](const http::FilterCondition& condition) {
            return fits(std::get<2>(one), condition);
        };
        return filters.conditions.empty() ||
               (filters.any ? std::ranges::any_of(filters.conditions, holds)
                            : std::ranges::all_of(filters.conditions, holds));
    };
    json::array data;
    bool has_more = false;
    for (; from != all.end(); ++from) {
        if (!wanted(*from)) continue;
        if (data.size() == static_cast<std::size_t>(page.limit)) {
            has_more = true;
            break;
        }
        data.push_back(std::get<2>(*from));
    }
    json::object out{{"object", "list"}, {"data_ref", "data"}};
    out["total"] = std::ranges::count_if(all, wanted);
    if (has_more) out["more_starting_after"] = data.back().at("id");
    out["data"] = std::move(data);
    out["has_more"] = has_more;
    return http::json_response(to_text(out));
}

constexpr const char* offers_example =
    R"({"object":"list","data_ref":"data","data":[{"reward":{"id":)"
    R"("rew_019a7f3e20004f1b8d5c3b2a19080706","name":"Tote bag","type":"MATERIAL","stock":200,)"
    R"("redeemed":12,"object":"reward"},"assignment":{"parameters":{"loyalty":{"points":500}},)"
    R"("object":"reward_assignment"},"available":false,"missing":[{"key":"points_missing",)"
    R"("message":"The card has 480 points, 500 are needed: 20 are missing","points":20}],)"
    R"("object":"loyalty_reward"}],"total":1})";
constexpr const char* grants_example =
    R"({"object":"list","data_ref":"data","data":[{"redemption_id":)"
    R"("r_019a7f3e20004f1b8d5c3b2a19080706","reward_id":"rew_019a7f3e20004f1b8d5c3b2a19080706",)"
    R"("name":"Wine tasting","kind":"EXPERIENCE","experience":{"starts_at":)"
    R"("2036-04-01T18:00:00.000Z","place":"Berlin"},"state":"UPCOMING","granted_at":)"
    R"("2036-03-01T09:00:00.000Z","object":"grant"}],"total":1})";
constexpr const char* wallet_example =
    R"({"object":"list","data_ref":"data","data":[{"id":"rh_019a7f3e20004f1b8d5c3b2a19080706",)"
    R"("redeemable_id":"v_019a7f3e20004f1b8d5c3b2a19080706","redeemable_object":"voucher",)"
    R"("holder_role":"OWNER","campaign_type":"LOYALTY_PROGRAM","voucher_type":"LOYALTY_CARD",)"
    R"("redeemable":{"type":"voucher","voucher":{},"status":"ACTIVE"},)"
    R"("object":"redeemable_holder"}],"has_more":false})";

}  // namespace

projects::Routes member_rewards_routes() {
    return {
        {Method::get, "/v1/loyalties/members/{memberId}/rewards", Permission::read,
         {"Members", "List rewards at the member's price, with what is missing for each", "",
          offers_example, {"affordable_only", "limit", "page"}},
         list_rewards},
        {Method::get, "/v1/loyalties/members/{memberId}/grants", Permission::read,
         {"Members", "List the experiences and early accesses that the member has", "",
          grants_example, {"limit", "page"}},
         list_grants},
        {Method::get, "/v1/customers/{customerId}/redeemables", Permission::read,
         {"Customers", "List the cards that a customer holds", "", wallet_example,
          {"limit", "order", "starting_after_id"}},
         list_redeemables},
    };
}

}  // namespace perennial::flows
