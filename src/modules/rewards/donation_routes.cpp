#include "modules/rewards/donation_routes.hpp"

#include <fmt/format.h>

#include "modules/campaigns/definitions.hpp"
#include "modules/rewards/donations.hpp"
#include "modules/rewards/errors.hpp"

namespace perennial::rewards {
namespace {

using projects::Actor;
using projects::Command;
using projects::Context;
using projects::Permission;
using projects::ProjectNumber;
using projects::ReadContext;

constexpr const char* list_example =
    R"({"object":"list","data_ref":"data","data":[{"recipient":"Red Cross","donations":12,)"
    R"("given":6000,"settled":4000,"owed":2000,"created_at":"2036-03-01T09:00:00.000Z",)"
    R"("object":"donation_recipient"}],"total":1,"given":6000,"settled":4000,"owed":2000})";
constexpr const char* settlement_example =
    R"({"id":"dset_019a7f3e20004f1b8d5c3b2a19080706","recipient":"Red Cross","amount":4000,)"
    R"("reference":"transfer 17","owed":2000,"created_at":"2036-03-01T09:00:00.000Z",)"
    R"("object":"donation_settlement"})";

void put_sums(json::object& out, const Recipient& recipient) {
    out["donations"] = recipient.donations;
    out["given"] = recipient.given.value;
    out["settled"] = recipient.settled.value;
    out["owed"] = recipient.owed();
}

json::object recipient_json(const Recipient& recipient) {
    json::object out{{"recipient", recipient.name}};
    put_sums(out, recipient);
    out["created_at"] = recipient.created_at.iso();
    out["object"] = "donation_recipient";
    return out;
}

json::object settlement_json(const Settlement& settlement, const std::string& recipient) {
    return {{"id", settlement.id.text()},
            {"recipient", recipient},
            {"amount", settlement.amount.value},
            {"reference", settlement.reference.empty() ? json::value(nullptr)
                                                       : json::value(settlement.reference)},
            {"app_id", settlement.app_id},
            {"created_at", settlement.created_at.iso()},
            {"object", "donation_settlement"}};
}

Result<http::Response> list(const http::Request& request, const ReadContext& context) {
    static constexpr std::string_view orders[] = {"recipient"};
    TRY(page, http::read_page(request.query, {orders, "recipient"}));
    http::QueryReader query(request.query);
    const std::string name = query.text("recipient", 255).value_or("");
    if (!query.ok()) return query.refuse();
    json::array data;
    for (const Recipient& recipient : list_recipients(context.tx, context.project, name,
                                                      page.limit, page.offset()))
        data.push_back(recipient_json(recipient));
    const std::int64_t total = name.empty() ? count_recipients(context.tx, context.project)
                                            : static_cast<std::int64_t>(data.size());
    json::object out{{"object", "list"},
                     {"data_ref", "data"},
                     {"data", std::move(data)},
                     {"total", total}};
    put_sums(out, total_of_recipients(context.tx, context.project));
    return http::json_response(to_text(out));
}

Result<http::Response> list_settled(const http::Request& request, const ReadContext& context) {
    TRY(page, http::read_page(request.query, {}));
    http::QueryReader query(request.query);
    const auto name = query.text("recipient", 255);
    if (!query.ok()) return query.refuse();
    const auto only = name ? std::optional(recipient_id(*name)) : std::nullopt;
    std::map<RawId, std::string> names;
    for (const Recipient& recipient :
         list_recipients(context.tx, context.project, name.value_or(""), INT32_MAX, 0))
        names[recipient.id] = recipient.name;
    json::array data;
    for (const Settlement& settlement :
         list_settlements(context.tx, context.project, only, page.limit, page.offset()))
        data.push_back(settlement_json(settlement, names[settlement.recipient]));
    return campaigns::answer_list(
        "data", std::move(data),
        static_cast<std::size_t>(count_settlements(context.tx, context.project, only)));
}

// Refuses: invalid_payload, not_found (nobody gave to this recipient), invalid_amount (nothing is
// owed, or less than is to be settled).
Result<Command> settle_owed(const http::Request& request, ProjectNumber, const Actor&) {
    TRY(body, campaigns::read_body(request));
    Issues issues;
    JsonReader reader(body, issues);
    const std::string name = campaigns::read_name(reader, "recipient");
    const auto amount = reader.integer("amount", 1, value_max);
    const std::string reference = reader.text("reference", 255).value_or("");
    if (!issues.empty()) return issues.refuse();
    return campaigns::alone([name, amount,
                             reference](const Context& context) -> Result<http::Response> {
        auto recipient = lock_recipient(context.batch.tx, context.project, name);
        if (!recipient) return campaigns::refuse_unknown("donation_recipient", name);
        const Money paid(amount.value_or(recipient->owed()));
        if (paid.value <= 0 || paid.value > recipient->owed())
            return refuse(error::invalid_amount,
                          fmt::format("{} is owed {}, so {} cannot be settled", name,
                                      recipient->owed(), paid.value));
        const Settlement made{context.batch.make_id<SettlementId>(recipient->id.place()),
                              recipient->id,
                              paid,
                              reference,
                              context.actor.app_id,
                              context.now};
        settle(context.batch.tx, context.project, made);
        recipient->settled += paid;
        json::object out = settlement_json(made, name);
        out["owed"] = recipient->owed();
        return http::json_response(to_text(out));
    });
}

}  // namespace

projects::Routes donation_routes() {
    using enum http::Method;
    const std::string tag = "Donations";
    projects::Routes routes;
    routes.push_back({get, "/v1/donations", Permission::read,
                      {tag,
                       "List to whom donation rewards gave: what was given, what was settled and "
                       "what is owed, in minor units",
                       {}, list_example, {"limit", "page", "order", "recipient"}},
                      list});
    routes.push_back({get, "/v1/donations/settlements", Permission::read,
                      {tag, "List what was settled with recipients of donations, newest first", {},
                       projects::example_list(settlement_example),
                       {"limit", "page", "recipient"}},
                      list_settled});
    routes.push_back({post, "/v1/donations/settle", Permission::write,
                      {tag,
                       "Note that a recipient was paid; all that is owed when no amount is named",
                       R"({"recipient":"Red Cross","amount":4000,"reference":"transfer 17"})",
                       settlement_example},
                      nullptr, settle_owed});
    return routes;
}

}  // namespace perennial::rewards
