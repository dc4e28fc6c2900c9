#include "app/flows/redemption_filters.hpp"

#include <fmt/format.h>

#include "modules/campaigns/definitions.hpp"
#include "modules/customers/store.hpp"
#include "modules/ledger/store.hpp"
#include "modules/members/queries.hpp"

namespace perennial::flows {
namespace {

using projects::ReadContext;
using rewards::RedemptionQuery;

// Both conditions must hold: what both name.
template <class T>
void narrow(std::optional<std::vector<T>>& have, std::vector<T> wanted) {
    if (have)
        std::erase_if(wanted, [&](const T& one) { return std::ranges::find(*have, one) == have->end(); });
    have = std::move(wanted);
}

std::vector<ledger::CardId> cards_of_customers(const ReadContext& context,
                                               const std::vector<std::string>& names) {
    std::vector<ledger::CardId> out;
    for (const std::string& name : names)
        if (const auto customer = customers::load_customer(context.tx, context.project, name))
            for (const customers::CardRef& ref : customer->cards)
                for (const ledger::CardId& card : members::with_joined(
                         context.tx, context.project, ledger::CardId(ref.card)))
                    out.push_back(card);
    return out;
}

std::vector<ledger::CardId> cards_named(const ReadContext& context,
                                        const std::vector<std::string>& names) {
    std::vector<ledger::CardId> out;
    for (const std::string& name : names)
        if (const auto card = ledger::load_card(context.tx, context.project, name))
            for (const ledger::CardId& one :
                 members::with_joined(context.tx, context.project, card->id))
                out.push_back(one);
    return out;
}

std::vector<ledger::ProgramId> programs_named(const ReadContext& context,
                                              const std::vector<std::string>& names) {
    std::vector<ledger::ProgramId> out;
    for (const std::string& name : names)
        if (const auto* program = campaigns::find_program(*context.snapshot, name))
            out.emplace_back(program->id);
    return out;
}

void read_result(const std::string& value, RedemptionQuery& query, http::QueryReader& reader) {
    if (value == "SUCCESS") query.result = RedemptionQuery::Result::success;
    else if (value == "FAILURE") query.result = RedemptionQuery::Result::failure;
    else reader.wrong("filters[result]", "enum", "must be SUCCESS or FAILURE");
}

void read_object(const std::string& value, RedemptionQuery& query, http::QueryReader& reader) {
    if (value == "redemption") query.rollbacks = false;
    else if (value == "redemption_rollback") query.rollbacks = true;
    else reader.wrong("filters[object]", "enum", "must be redemption or redemption_rollback");
}

void read_condition(const ReadContext& context, const http::FilterCondition& condition,
                    RedemptionQuery& query, http::QueryReader& reader) {
    const std::string& field = condition.field;
    if (condition.op != "$is" && condition.op != "$in") {
        reader.wrong(fmt::format("filters[{}]", field), "unsupported",
                     "redemptions are filtered with $is and $in");
    } else if (field == "voucher_code" || field == "related_object_id") {
        narrow(query.cards, cards_named(context, condition.values));
    } else if (field == "customer_id") {
        narrow(query.cards, cards_of_customers(context, condition.values));
    } else if (field == "campaign_name" || field == "related_object_parent_id") {
        narrow(query.programs, programs_named(context, condition.values));
    } else if (field == "failure_code") {
        narrow(query.failure_codes, condition.values);
    } else if ((field == "result" || field == "object") && condition.values.size() != 1) {
        // Both of the two words: no condition at all.
        for (const std::string& value : condition.values) {
            RedemptionQuery checked;
            field == "result" ? read_result(value, checked, reader)
                              : read_object(value, checked, reader);
        }
    } else if (field == "result") {
        read_result(condition.values.front(), query, reader);
    } else if (field == "object") {
        read_object(condition.values.front(), query, reader);
    } else if (field == "parent_redemption_id") {
        query.cards = std::vector<ledger::CardId>();  // no redemption has a parent
    } else {
        reader.wrong(fmt::format("filters[{}]", field), "unsupported",
                     "redemptions are filtered by voucher_code, related_object_id, customer_id, "
                     "campaign_name, related_object_parent_id, parent_redemption_id, "
                     "failure_code, result and object");
    }
}

}  // namespace

Result<RedemptionQuery> read_redemption_query(const http::Request& request,
                                              const ReadContext& context) {
    static constexpr std::string_view orders_by[] = {"created_at", "id"};
    static constexpr std::string_view results[] = {"SUCCESS", "FAILURE"};
    TRY(page, http::read_page(request.query, {orders_by}));
    TRY(filters, request.query.filters());
    http::QueryReader reader(request.query);
    RedemptionQuery query;
    query.created_before = reader.timestamp("created_at", "before");
    query.created_after = reader.timestamp("created_at", "after");
    if (const auto result = reader.choice("result", results))
        query.result = *result == 0 ? RedemptionQuery::Result::success
                                    : RedemptionQuery::Result::failure;
    if (const auto customer = reader.text("customer", 255))
        narrow(query.cards, cards_of_customers(context, {*customer}));
    if (const auto campaign = reader.text("campaign", 255))
        narrow(query.programs, programs_named(context, {*campaign}));
    if (filters.any && filters.conditions.size() > 1)
        reader.wrong("filters[junction]", "unsupported", "conditions are joined with and");
    for (const http::FilterCondition& condition : filters.conditions)
        read_condition(context, condition, query, reader);
    if (!reader.ok()) return reader.refuse();
    query.descending = page.descending;
    query.limit = page.limit;
    query.offset = page.offset();
    return query;
}

}  // namespace perennial::flows
