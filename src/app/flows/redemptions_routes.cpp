#include "app/flows/redemptions_routes.hpp"

#include "app/flows/order_codec.hpp"
#include "app/flows/redeem_reward.hpp"
#include "modules/campaigns/definitions.hpp"
#include "modules/catalog/codec.hpp"
#include "modules/catalog/queries.hpp"
#include "modules/customers/codec.hpp"
#include "modules/counters/store.hpp"
#include "modules/members/codec.hpp"
#include "modules/members/queries.hpp"

namespace perennial::flows {
namespace {

using http::Method;
using http::Request;
using projects::Command;
using projects::Context;
using projects::Permission;
using projects::ReadContext;

Place lane_of(const std::string& member) {
    const auto id = ledger::CardId::parse(member);
    return id ? id->place() : place_of(member);
}

Result<RedeemReward> read_redemption(const json::value& body) {
    Issues issues;
    JsonReader reader(body, issues);
    RedeemReward command;
    reader.require("reward");
    JsonReader reward = reader.reader("reward");
    command.reward = reward.text("id", 255).value_or("");
    command.assignment = reward.text("assignment_id", 255).value_or("");
    if (reward.usable() && command.reward.empty() && command.assignment.empty())
        reward.require("id");
    if (const auto points = reward.integer("points", 1, value_max))
        command.points = Points(*points);
    JsonReader order = reader.reader("order");
    command.order = order.text("id", 255).value_or("");
    const auto source = order.text("source_id", 255);
    if (command.order.empty() && source) command.order = *source;
    if (const json::object* metadata = reader.object("metadata")) command.metadata = *metadata;
    if (!issues.empty()) return issues.refuse();
    return command;
}

template <class Wish, Result<Redeemed> (*run)(const Wish&, const Context&)>
Command command_of(Wish wish, Place lane, projects::ProjectNumber project) {
    auto shared = std::make_shared<const Wish>(std::move(wish));
    Command command;
    command.lane = lane;
    command.want = [shared, project](work::Batch& batch) { want(*shared, batch, project); };
    command.want_more = [shared, project](work::Batch& batch) {
        want_more(*shared, batch, project);
    };
    command.run = [shared](const Context& context) -> Result<http::Response> {
        TRY(redeemed, run(*shared, context));
        return http::json_response(to_text(redeemed_json(redeemed, *context.snapshot)));
    };
    return command;
}

Result<Command> redeem(const Request& request, projects::ProjectNumber project,
                       const projects::Actor&) {
    TRY(body, parse_json(request.body));
    TRY(command, read_redemption(body));
    command.member = request.path_params.back();
    if (request.path_params.size() > 1) command.campaign = request.path_params[0];
    const Place lane = lane_of(command.member);
    return command_of<RedeemReward, redeem_reward>(std::move(command), lane, project);
}

Result<Command> roll_back(const Request& request, projects::ProjectNumber project,
                          const projects::Actor&) {
    RollBackRedemption command{request.path_params[0], {}};
    TRY(body, campaigns::read_body(request));
    Issues issues;
    JsonReader reader(body, issues);
    command.reason = reader.text("reason", 255).value_or("");
    if (!issues.empty()) return issues.refuse();
    if (const auto reason = request.query.text("reason")) command.reason = *reason;
    const auto id = rewards::parse_redemption_id(command.redemption);
    const Place lane = id ? id->place() : place_of(command.redemption);
    return command_of<RollBackRedemption, roll_back_redemption>(std::move(command), lane, project);
}

// With what it refers to, as that is now.
json::object answer(const ReadContext& context, const rewards::Redemption& redemption,
                    bool with_order) {
    rewards::RedemptionView view;
    std::optional<customers::Customer> customer;
    if (!redemption.customer.is_nil())
        customer = customers::load_customer(context.tx, context.project,
                                            customers::CustomerId(redemption.customer));
    if (customer) view.customer = customers::embedded_json(*customer);
    if (const auto card = ledger::load_card(context.tx, context.project, redemption.card)) {
        const campaigns::Program* program =
            context.snapshot->get<campaigns::Programs>().find(card->program);
        view.voucher = members::embedded_json(*card, program ? program->name : "");
    }
    if (with_order && !redemption.order.is_nil())
        if (const auto order = orders::load_order(context.tx, context.project,
                                                  orders::OrderId(redemption.order)))
            view.order = order_json(*order, customer ? &*customer : nullptr);
    const catalog::ItemNames thing = thing_of(redemption.shown);
    if (!thing.product_id.empty())
        if (const auto product = catalog::load_product(context.tx, context.project, thing.product_id))
            view.product = catalog::to_json(*product);
    if (!thing.sku_id.empty())
        if (const auto sku = catalog::load_sku(context.tx, context.project, thing.sku_id))
            view.sku = catalog::to_json(*sku);
    return rewards::to_json(redemption, std::move(view));
}

Result<http::Response> get(const Request& request, const ReadContext& context) {
    const std::string& text = request.path_params[0];
    const auto id = rewards::parse_redemption_id(text);
    const auto redemption = id ? rewards::load_redemption(context.tx, context.project, *id)
                               : std::nullopt;
    if (!redemption || redemption->text_id() != text)
        return campaigns::refuse_unknown("redemption", text);
    return http::json_response(to_text(answer(context, *redemption, true)));
}

Result<http::Response> list(const Request& request, const ReadContext& context) {
    static constexpr std::string_view orders_by[] = {"created_at"};
    static constexpr std::string_view results[] = {"SUCCESS", "FAILURE"};
    TRY(page, http::read_page(request.query, {orders_by}));
    http::QueryReader query(request.query);
    rewards::RedemptionQuery wish;
    wish.created_before = query.timestamp("created_at", "before");
    wish.created_after = query.timestamp("created_at", "after");
    // Refused attempts are answered, not kept: none is ever found.
    const bool failures = query.choice("result", results).value_or(0) == 1;
    for (const http::Parameter& sent : request.query.all())
        if (const std::string& name = sent.path.front();
            name == "customer" || name == "campaign" || name == "filters")
            query.wrong(name, "unsupported",
                        "redemptions are listed by created_at and result only");
    if (!query.ok()) return query.refuse();
    wish.descending = page.descending;
    wish.limit = page.limit;
    wish.offset = page.offset();
    json::array data;
    if (!failures)
        for (const rewards::Redemption& redemption :
             rewards::list_redemptions(context.tx, context.project, wish))
            data.push_back(answer(context, redemption, false));
    const std::int64_t total =
        failures ? 0 : rewards::count_redemptions(context.tx, context.project, wish);
    return campaigns::answer_list("redemptions", std::move(data),
                                  static_cast<std::size_t>(total));
}

// What the card's chain tells of: the newest hundred redemptions and rollbacks.
Result<http::Response> list_of_card(const Request& request, const ReadContext& context) {
    constexpr std::size_t entries_max = 100;
    TRY(member, members::find_member(context, "", request.path_params[0]));
    json::array entries;
    std::vector<rewards::RedemptionId> ids;
    if (!member.stored.head.is_nil())
        ledger::walk_entries(context.tx, member.stored, member.stored.head,
                             [&](const ledger::Entry& entry) {
                                 if (entry.kind == ledger::EntryKind::redemption)
                                     ids.emplace_back(entry.cause);
                                 return ids.size() < entries_max;
                             });
    for (const rewards::RedemptionId& id : ids)
        if (const auto redemption = rewards::load_redemption(context.tx, context.project, id)) {
            if (redemption->status == rewards::RedemptionStatus::rolled_back)
                if (const auto undo =
                        rewards::load_redemption(context.tx, context.project, redemption->other))
                    entries.push_back(answer(context, *undo, false));
            entries.push_back(answer(context, *redemption, false));
        }
    const auto total = static_cast<std::int64_t>(entries.size());
    return http::json_response(to_text(json::object{
        {"object", "list"},
        {"data_ref", "redemption_entries"},
        {"quantity", nullptr},
        {"redeemed_quantity", counters::used(context.tx, context.project, member.card.id)},
        {"redeemed_points", member.card.redeemed.value},
        {"url", "/v1/vouchers/" + member.card.code + "/redemptions?page=1&limit=10"},
        {"redemption_entries", std::move(entries)},
        {"total", total}}));
}

constexpr const char* example =
    R"({"reward":{"id":"rew_018f0a1b2c3d4e5f60718293a4b5c6d7"},"metadata":{"till":"3"}})";
constexpr const char* redeem_words =
    "Spend points on a reward; COIN pays for an order that is CREATED";

}  // namespace

projects::Routes redemptions_routes() {
    return {
        {Method::post, "/v1/loyalties/{campaignId}/members/{memberId}/redemption",
         Permission::write, {"Redemptions", redeem_words, example}, nullptr, redeem},
        {Method::post, "/v1/loyalties/members/{memberId}/redemption", Permission::write,
         {"Redemptions", redeem_words, example}, nullptr, redeem},
        {Method::post, "/v1/vouchers/{code}/redemption", Permission::write,
         {"Redemptions", redeem_words, example}, nullptr, redeem},
        {Method::get, "/v1/vouchers/{code}/redemption", Permission::read,
         {"Redemptions", "List what was redeemed with a card"}, list_of_card},
        {Method::get, "/v1/redemptions", Permission::read,
         {"Redemptions", "List redemptions and rollbacks", "", "",
          {"limit", "page", "order", "created_at[before]", "created_at[after]", "result"}},
         list},
        {Method::get, "/v1/redemptions/{redemptionId}", Permission::read,
         {"Redemptions", "Get a redemption or a rollback"}, get},
        {Method::post, "/v1/redemptions/{redemptionId}/rollback", Permission::write,
         {"Redemptions", "Undo a redemption: points return into the lots they came from", "", "",
          {"reason"}},
         nullptr, roll_back},
    };
}

}  // namespace perennial::flows
