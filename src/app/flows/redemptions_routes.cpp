#include "app/flows/redemptions_routes.hpp"

#include "app/flows/answer_examples.hpp"
#include "app/flows/member_rewards_routes.hpp"
#include "app/flows/order_codec.hpp"
#include "app/flows/redeem_reward.hpp"
#include "app/flows/redemption_filters.hpp"
#include "app/flows/roll_back_redemption.hpp"
#include "modules/campaigns/definitions.hpp"
#include "modules/catalog/codec.hpp"
#include "modules/catalog/queries.hpp"
#include "modules/customers/codec.hpp"
#include "modules/counters/store.hpp"
#include "modules/members/codec.hpp"
#include "modules/members/queries.hpp"
#include "modules/projects/requests.hpp"
#include "platform/http/error_response.hpp"

namespace perennial::flows {
namespace {

using http::Method;
using http::Request;
using projects::Command;
using projects::Context;
using projects::Permission;
using projects::ReadContext;

// The order that a body names, by id or source id; "" when it names none.
std::string read_order_name(JsonReader& reader) {
    JsonReader order = reader.reader("order");
    const auto id = order.text("id", 255);
    const auto source = order.text("source_id", 255);
    return id && !id->empty() ? *id : source.value_or("");
}

void read_reward(JsonReader& holder, RedeemReward& command) {
    JsonReader reward = holder.reader("reward");
    command.reward = reward.text("id", 255).value_or("");
    command.assignment = reward.text("assignment_id", 255).value_or("");
    if (reward.usable() && command.reward.empty() && command.assignment.empty())
        reward.require("id");
    if (const auto points = reward.integer("points", 1, value_max))
        command.points = Points(*points);
}

void read_rest(JsonReader& reader, RedeemReward& command) {
    command.order = read_order_name(reader);
    if (const json::object* metadata = reader.object("metadata")) command.metadata = *metadata;
    command.hold = reader.boolean("hold").value_or(false);
    command.hold_minutes = reader.integer("hold_minutes", 1, 366 * 24 * 60);
    if (command.hold_minutes) command.hold = true;
}

Result<RedeemReward> read_redemption(const json::value& body) {
    Issues issues;
    JsonReader reader(body, issues);
    RedeemReward command;
    reader.require("reward");
    read_reward(reader, command);
    read_rest(reader, command);
    if (!issues.empty()) return issues.refuse();
    return command;
}

// A stack of one card. Promotions and codes come with voucher campaigns.
Result<RedeemReward> read_stack(const json::value& body) {
    Issues issues;
    JsonReader reader(body, issues);
    RedeemReward command;
    reader.require("redeemables");
    const json::array* stack = reader.array("redeemables", 30);
    if (stack != nullptr && stack->empty())
        reader.wrong("redeemables", "required", "must name what is redeemed");
    if (stack != nullptr && stack->size() > 1)
        reader.wrong("redeemables", "not_implemented",
                     "more than one redeemable is not implemented: send one loyalty card");
    if (stack != nullptr && stack->size() == 1) {
        JsonReader one = reader.item("redeemables", 0);
        one.require("object");
        if (const auto object = one.text("object", 64); object && *object != "voucher")
            one.wrong("object", "not_implemented",
                      "is not implemented: a loyalty card is a \"voucher\"");
        one.require("id");
        command.member = one.text("id", 255).value_or("");
        if (one.has("gift"))
            one.wrong("gift", "not_implemented", "gift cards are not implemented");
        read_reward(one, command);
    }
    if (reader.has("session"))
        reader.wrong("session", "not_implemented", "is not implemented: send `hold` to reserve");
    read_rest(reader, command);
    if (!issues.empty()) return campaigns::refuse_all(issues);
    return command;
}

http::Response answer_refusal(const rewards::Refusal& refusal, const Context& context) {
    std::string body = http::error_body(refusal.error, context.request_id);
    if (!refusal.missing.empty()) {
        body.pop_back();
        body += ",\"missing\":" +
                json::serialize(rewards::missing_json(
                    refusal.missing, context.snapshot->get<tiers::Tiers>())) +
                "}";
    }
    return http::json_response(std::move(body), http::http_status(refusal.error.code->kind));
}

template <class Wish>
Command command_of(Wish wish, const std::string& subject, std::optional<Place> place,
                   projects::ProjectNumber project,
                   Result<http::Response> (*run)(const Wish&, const Context&)) {
    auto shared = std::make_shared<const Wish>(std::move(wish));
    Command command;
    command.lane = place ? *place : place_of(subject);
    command.want = [shared, project](work::Batch& batch) { want(*shared, batch, project); };
    command.want_more = [shared, project](work::Batch& batch) {
        want_more(*shared, batch, project);
    };
    command.run = [shared, run](const Context& context) { return run(*shared, context); };
    return command;
}

Command redeem_command(RedeemReward wish, projects::ProjectNumber project,
                       Result<http::Response> (*run)(const RedeemReward&, const Context&)) {
    const std::string member = wish.member;
    return command_of<RedeemReward>(std::move(wish), member,
                                    projects::lane_of<ledger::CardId>(member), project, run);
}

Result<http::Response> run_redeem(const RedeemReward& wish, const Context& context) {
    const auto redeemed = redeem_reward(wish, context);
    if (!redeemed) return answer_refusal(redeemed.error(), context);
    return http::json_response(to_text(redeemed_json(*redeemed, *context.snapshot)));
}

// A stack of one has no parent.
Result<http::Response> run_stack(const RedeemReward& wish, const Context& context) {
    if (wish.reward.empty() && wish.assignment.empty()) {
        if (auto card = members::need_card(context, "", wish.member); !card)
            return std::unexpected(std::move(card).error());
        return refuse(rewards::error::missing_reward,
                      "A loyalty card is redeemed for a reward: name it in "
                      "redeemables[0].reward.id");
    }
    const auto redeemed = redeem_reward(wish, context);
    if (!redeemed) return answer_refusal(redeemed.error(), context);
    json::object out{
        {"redemptions", json::array{redeemed_json(*redeemed, *context.snapshot)}}};
    if (redeemed->order != nullptr) out["order"] = order_json(*redeemed->order, redeemed->customer);
    out["inapplicable_redeemables"] = json::array();
    out["skipped_redeemables"] = json::array();
    return http::json_response(to_text(out));
}

Result<Command> redeem(const Request& request, projects::ProjectNumber project,
                       const projects::Actor&) {
    TRY(body, parse_json(request.body));
    TRY(command, read_redemption(body));
    command.member = request.path_params.back();
    if (request.path_params.size() > 1) command.campaign = request.path_params[0];
    return redeem_command(std::move(command), project, run_redeem);
}

Result<Command> redeem_stack(const Request& request, projects::ProjectNumber project,
                             const projects::Actor&) {
    TRY(body, parse_json(request.body));
    TRY(command, read_stack(body));
    return redeem_command(std::move(command), project, run_stack);
}

template <class Wish, Result<Redeemed> (*change)(const Wish&, const Context&)>
Command change_command(Wish wish, projects::ProjectNumber project) {
    const std::string subject = wish.redemption;
    const auto id = rewards::parse_redemption_id(subject);
    return command_of<Wish>(
        std::move(wish), subject, id ? std::optional(id->place()) : std::nullopt, project,
        [](const Wish& shared, const Context& context) -> Result<http::Response> {
            TRY(redeemed, change(shared, context));
            return http::json_response(to_text(redeemed_json(redeemed, *context.snapshot)));
        });
}

template <RollBackRedemption::By by>
Result<Command> roll_back(const Request& request, projects::ProjectNumber project,
                          const projects::Actor&) {
    RollBackRedemption command{request.path_params[0], {}, by};
    TRY(body, campaigns::read_body(request));
    Issues issues;
    JsonReader reader(body, issues);
    command.reason = reader.text("reason", 255).value_or("");
    if (!issues.empty()) return issues.refuse();
    if (const auto reason = request.query.text("reason")) command.reason = *reason;
    return change_command<RollBackRedemption, roll_back_redemption>(std::move(command), project);
}

Result<Command> complete(const Request& request, projects::ProjectNumber project,
                         const projects::Actor&) {
    return change_command<CompleteRedemption, complete_redemption>(
        CompleteRedemption{request.path_params[0]}, project);
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
    TRY(wish, read_redemption_query(request, context));
    json::array data;
    for (const rewards::Redemption& redemption :
         rewards::list_redemptions(context.tx, context.project, wish))
        data.push_back(answer(context, redemption, false));
    return campaigns::answer_list(
        "redemptions", std::move(data),
        static_cast<std::size_t>(
            rewards::count_redemptions(context.tx, context.project, wish)));
}

// Redemptions, rollbacks and refused attempts of the card, newest first.
Result<http::Response> list_of_card(const Request& request, const ReadContext& context) {
    TRY(member, members::find_member(context, "", request.path_params[0]));
    TRY(page, http::read_page(request.query, {{}, "-created_at", 100}));
    rewards::RedemptionQuery wish;
    wish.cards = members::with_joined(context.tx, context.project, member.card.id);
    wish.limit = page.limit;
    wish.offset = page.offset();
    Points redeemed;
    std::int64_t quantity = 0;
    for (const ledger::CardId& id : *wish.cards) {
        quantity += counters::used(context.tx, context.project, id);
        if (id == member.card.id) redeemed += member.card.redeemed;
        else if (const auto joined = ledger::load_card(context.tx, context.project, id))
            redeemed += joined->redeemed;
    }
    json::array entries;
    for (const rewards::Redemption& redemption :
         rewards::list_redemptions(context.tx, context.project, wish))
        entries.push_back(answer(context, redemption, false));
    return http::json_response(to_text(json::object{
        {"object", "list"},
        {"data_ref", "redemption_entries"},
        {"quantity", nullptr},
        {"redeemed_quantity", quantity},
        {"redeemed_points", redeemed.value},
        {"url", "/v1/vouchers/" + member.card.code + "/redemptions?page=1&limit=10"},
        {"redemption_entries", std::move(entries)},
        {"total", rewards::count_redemptions(context.tx, context.project, wish)}}));
}

constexpr const char* example =
    R"({"reward":{"id":"rew_018f0a1b2c3d4e5f60718293a4b5c6d7"},"metadata":{"till":"3"}})";
constexpr const char* stack_example =
    R"({"redeemables":[{"object":"voucher","id":"CARD-0042","reward":)"
    R"({"id":"rew_018f0a1b2c3d4e5f60718293a4b5c6d7","points":200}}],"order":{"source_id":"o-17"}})";
constexpr const char* redeem_words =
    "Spend points on a reward; COIN pays for an order that is CREATED; `hold` reserves";

}  // namespace

projects::Routes redemptions_routes() {
    projects::Routes out{
        {Method::post, "/v1/loyalties/{campaignId}/members/{memberId}/redemption",
         Permission::write, {"Redemptions", redeem_words, example, examples::redemption}, nullptr, redeem},
        {Method::post, "/v1/loyalties/members/{memberId}/redemption", Permission::write,
         {"Redemptions", redeem_words, example, examples::redemption}, nullptr, redeem},
        {Method::post, "/v1/vouchers/{code}/redemption", Permission::write,
         {"Redemptions", redeem_words, example, examples::redemption}, nullptr, redeem},
        {Method::get, "/v1/vouchers/{code}/redemption", Permission::read,
         {"Redemptions", "List what was redeemed with a card, newest first", "",
          projects::example_list(examples::redemption, "redemption_entries"), {"limit", "page"}},
         list_of_card},
        {Method::post, "/v1/redemptions", Permission::write,
         {"Redemptions", "Redeem one loyalty card for a reward; COIN pays for an order that is "
                         "CREATED",
          stack_example, examples::stack},
         nullptr, redeem_stack},
        {Method::get, "/v1/redemptions", Permission::read,
         {"Redemptions", "List redemptions, rollbacks and refused attempts", "",
          projects::example_list(examples::redemption, "redemptions"),
          {"limit", "page", "order", "created_at[before]", "created_at[after]", "result",
           "campaign", "customer"}},
         list},
        {Method::get, "/v1/redemptions/{redemptionId}", Permission::read,
         {"Redemptions", "Get a redemption, a rollback or a refused attempt", "",
          examples::redemption},
         get},
        {Method::post, "/v1/redemptions/{redemptionId}/rollback", Permission::write,
         {"Redemptions", "Undo a redemption: points return into the lots they came from", "",
          examples::rollback,
          {"reason"}},
         nullptr, roll_back<RollBackRedemption::By::rollback>},
        {Method::post, "/v1/redemptions/{redemptionId}/complete", Permission::write,
         {"Redemptions", "Fulfil a redemption that is held open", "", examples::redemption}, nullptr, complete},
        {Method::post, "/v1/redemptions/{redemptionId}/cancel", Permission::write,
         {"Redemptions", "Give up a redemption that is held open: points and piece return",
          R"({"reason":"not fetched"})", examples::rollback, {"reason"}},
         nullptr, roll_back<RollBackRedemption::By::cancelation>},
    };
    std::ranges::move(member_rewards_routes(), std::back_inserter(out));
    return out;
}

}  // namespace perennial::flows
