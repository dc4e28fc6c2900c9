#include "app/flows/activity_routes.hpp"

#include "app/flows/answer_examples.hpp"
#include "app/flows/entry_finder.hpp"
#include "modules/campaigns/definitions.hpp"
#include "modules/customers/store.hpp"
#include "modules/events/store.hpp"
#include "modules/members/queries.hpp"

namespace perennial::flows {
namespace {

using campaigns::text_of;
using http::Method;
using http::Request;
using ledger::EntryKind;
using projects::Permission;
using projects::ReadContext;

constexpr std::string_view of_card = "evvou_";
constexpr std::string_view of_customer = "evcus_";

// At one moment: first the customer, then what was bought or done, then entries in their order.
using Age = std::tuple<Timestamp, std::int64_t, RawId>;
constexpr std::int64_t entries_begin = 2;

// One line of an activity; `data` is made for those that are shown.
struct Activity {
    Timestamp at;
    std::int64_t order = 0;
    RawId id;
    std::string_view prefix = of_card;
    std::string type;
    std::string group;
    bool action = false;  ///< the customer did it; else it follows from something
    bool by_itself = false;
    ledger::ProgramId program;
    std::function<json::object()> data;

    std::string text_id() const { return std::string(prefix) + id.hex(); }
    Age age() const { return {at, order, id}; }
};

std::string type_of(const ledger::Entry& entry, const json::object& detail) {
    if (text_of(detail, "by") == "adjustment")
        return "customer.voucher.loyalty_card.pending_points.updated";
    switch (entry.kind) {
        case EntryKind::accrual:
        case EntryKind::addition: return "customer.voucher.loyalty_card.points_added";
        case EntryKind::redemption: return "customer.redemption.succeeded";
        case EntryKind::refund: return "customer.redemption.rollback.succeeded";
        case EntryKind::removal:
        case EntryKind::cancellation: return "voucher.loyalty_card.transaction.created";
        case EntryKind::expiration: return "customer.voucher.loyalty_card.points_expired";
        case EntryKind::transfer_in:
        case EntryKind::transfer_out: return "customer.voucher.loyalty_card.points_transferred";
        case EntryKind::activation:
            return "customer.voucher.loyalty_card.pending_points.activated";
        case EntryKind::pending_accrual:
            return "customer.voucher.loyalty_card.pending_points.added";
        case EntryKind::pending_cancellation:
            return "customer.voucher.loyalty_card.pending_points.canceled";
        case EntryKind::tier_change:
            // Empty for what only announces a change: the API has no event of it.
            return std::string(text_of(detail, "move"));
    }
    return "";
}

Activity activity_of(const ledger::Entry& entry, const ledger::Card& card,
                     const members::Rulebook& book, EntryFinder& finder) {
    const json::object detail = members::detail_of(entry);
    const RawId& group = entry.cause.is_nil() ? static_cast<const RawId&>(entry.id) : entry.cause;
    return {entry.effective_at,
            entries_begin + entry.seq,
            entry.id,
            of_card,
            type_of(entry, detail),
            "v-" + group.hex().substr(0, 18),
            entry.kind == EntryKind::redemption,
            text_of(detail, "by") == "due",
            entry.program,
            [entry, &card, &book, &finder] {
                json::object data{
                    {"voucher", members::embedded_json(card, book.program.name)},
                    {"campaign", {{"id", entry.program.text()}, {"name", book.program.name}}},
                    {"points", entry.points.value},
                    {"pending_points", entry.pending.value},
                    {"balance", entry.balance.value}};
                if (members::is_transaction(entry))
                    data["transaction"] = members::transaction_json(entry, finder.related(entry));
                if (!entry.tier.is_nil()) {
                    const tiers::Tier* tier = book.tiers.find(entry.tier);
                    data["loyalty_tier"] = {
                        {"id", entry.tier.text()},
                        {"name", tier ? json::value(tier->name) : json::value(nullptr)}};
                }
                return data;
            }};
}

json::object to_json(const Activity& one) {
    return {{"id", one.text_id()},
            {"type", one.type},
            {"data", one.data()},
            {"created_at", one.at.iso()},
            {"group_id", one.group},
            {"category", one.action ? "ACTION" : "EFFECT"},
            {"event_source", {{"channel", one.by_itself ? "INTERNAL" : "API"}}}};
}

struct Wish {
    http::Page page;
    std::optional<Age> after;
    std::optional<Timestamp> from;
    std::optional<Timestamp> to;
    std::optional<ledger::ProgramId> program;
    std::optional<bool> action;
    std::string type;
    bool programs_only_of_others = false;  ///< campaign_type of what there is not: nothing fits
};

// The moment that an id of an activity stands for; nothing when nobody has it.
std::optional<Age> age_of(const ReadContext& context,
                                                  std::string_view text) {
    if (!text.starts_with(of_card) && !text.starts_with(of_customer)) return std::nullopt;
    const auto id = RawId::from_hex(text.substr(of_card.size()));
    if (!id) return std::nullopt;
    if (text.starts_with(of_card)) {
        if (const auto entry =
                ledger::load_entry(context.tx, context.project, ledger::EntryId(*id)))
            return Age(entry->effective_at, entries_begin + entry->seq, *id);
        return std::nullopt;
    }
    if (const auto order = orders::load_order(context.tx, context.project, orders::OrderId(*id)))
        return Age(order->created_at, 1, *id);
    if (const auto event = events::load_event(context.tx, context.project, events::EventId(*id)))
        return Age(event->created_at, 1, *id);
    if (const auto customer =
            customers::load_customer(context.tx, context.project, customers::CustomerId(*id)))
        return Age(customer->created_at, 0, *id);
    return std::nullopt;
}

Result<Wish> read_wish(const Request& request, const ReadContext& context) {
    static constexpr std::string_view orders_by[] = {"created_at", "id"};
    static constexpr std::string_view categories[] = {"EFFECT", "ACTION"};
    static constexpr std::string_view types[] = {"LOYALTY_PROGRAM", "PROMOTION", "DISCOUNT_COUPONS",
                                                 "GIFT_VOUCHERS", "REFERRAL_PROGRAM"};
    Wish out;
    TRY(page, http::read_page(request.query, {orders_by}));
    out.page = page;
    http::QueryReader query(request.query);
    if (const auto after = query.text("starting_after_id")) {
        out.after = age_of(context, *after);
        if (!out.after)
            query.wrong("starting_after_id", "unknown", "is no entry of an activity");
    }
    out.from = query.timestamp("start_date");
    out.to = query.timestamp("end_date");
    if (const auto category = query.choice("category", categories)) out.action = *category == 1;
    if (const auto type = query.choice("campaign_type", types))
        out.programs_only_of_others = *type != 0;
    if (const auto campaign = query.text("campaign_id")) {
        const auto* found = campaigns::find_program(*context.snapshot, *campaign);
        out.program = found ? ledger::ProgramId(found->id) : ledger::ProgramId();
    }
    out.type = query.text("type").value_or("");
    if (!query.ok()) return query.refuse();
    return out;
}

// Collects what fits from chains that lead from new to old, as far back as the page needs.
class Collector {
  public:
    explicit Collector(const Wish& wish) : wish_(wish) {}

    /// False: nothing older of this chain can be on the page.
    bool take(Activity one, std::size_t& of_chain) {
        if (wish_.from && one.at < *wish_.from) return false;
        const bool down = wish_.page.descending;
        const bool seen =
            wish_.after && (down ? one.age() >= *wish_.after : one.age() <= *wish_.after);
        if (!down && wish_.after && one.at < std::get<Timestamp>(*wish_.after)) return false;
        if (seen || one.type.empty() || !fits(one)) return true;
        found_.push_back(std::move(one));
        ++of_chain;
        // Business time may lag behind the chain's order by what an import brought late, so a chain is
        // only left when it has given a page and one more.
        return !down || of_chain <= static_cast<std::size_t>(wish_.page.limit);
    }

    // The older form of the list: the newest hundred, with how many there are.
    http::Response answer_older(std::string_view data_ref) {
        constexpr std::size_t shown = 100;
        std::ranges::stable_sort(found_, std::greater(), &Activity::age);
        json::array data;
        for (std::size_t i = 0; i < std::min(shown, found_.size()); ++i) {
            json::object one = to_json(found_[i]);
            one["object"] = "activity";
            data.push_back(std::move(one));
        }
        json::object out{{"object", "list"}, {"data_ref", data_ref}, {"total", found_.size()}};
        out[data_ref] = std::move(data);
        return http::json_response(to_text(out));
    }

    http::Response answer() {
        const bool down = wish_.page.descending;
        std::ranges::stable_sort(found_, [&](const Activity& a, const Activity& b) {
            return down ? b.age() < a.age() : a.age() < b.age();
        });
        const bool has_more = std::ssize(found_) > wish_.page.limit;
        if (has_more) found_.resize(static_cast<std::size_t>(wish_.page.limit));
        json::array data;
        for (const Activity& one : found_) data.push_back(to_json(one));
        return cursor_list(std::move(data), has_more,
                           found_.empty() ? "" : found_.back().text_id());
    }

  private:
    bool fits(const Activity& one) const {
        return (!wish_.to || one.at <= *wish_.to) && (!wish_.action || *wish_.action == one.action) &&
               (wish_.type.empty() || wish_.type == one.type) &&
               (!wish_.program || *wish_.program == one.program) && !wish_.programs_only_of_others;
    }

    const Wish& wish_;
    std::vector<Activity> found_;
};

void take_card(const ReadContext& context, const ledger::Card& card,
               const members::Rulebook& book, EntryFinder& finder, Collector& to) {
    if (card.head.is_nil()) return;
    std::size_t of_chain = 0;
    ledger::walk_entries(context.tx, card, card.head, [&](const ledger::Entry& entry) {
        return to.take(activity_of(entry, card, book, finder), of_chain);
    });
}

// All there is, newest first.
Wish everything() {
    Wish out;
    out.page.limit = std::numeric_limits<int>::max();
    out.page.descending = true;
    return out;
}

Result<http::Response> of_member(const Request& request, const ReadContext& context) {
    TRY(member, members::find_member(context, request.path_params));
    TRY(wish, read_wish(request, context));
    EntryFinder finder(context);
    Collector found(wish);
    take_card(context, member.stored, member.book, finder, found);
    return found.answer();
}

Result<http::Response> of_member_older(const Request& request, const ReadContext& context) {
    TRY(member, members::find_member(context, request.path_params));
    const Wish wish = everything();
    EntryFinder finder(context);
    Collector found(wish);
    take_card(context, member.stored, member.book, finder, found);
    return found.answer_older("activities");
}

Activity activity_of(const orders::Order& order) {
    const bool paid = order.paid_at.has_value();
    return {order.created_at,
            1,
            order.id,
            of_customer,
            paid ? "customer.order.paid" : "customer.order.created",
            "v-" + order.id.hex().substr(0, 18),
            true,
            false,
            {},
            [id = order.id.text(), source = order.source_id, amount = order.amount.value,
             total = order.total_amount().value] {
                return json::object{
                    {"order",
                     {{"id", id},
                      {"source_id", source ? json::value(*source) : json::value(nullptr)},
                      {"amount", amount},
                      {"total_amount", total},
                      {"object", "order"}}}};
            }};
}

Activity activity_of(const events::Event& event) {
    return {event.created_at,
            1,
            event.id,
            of_customer,
            "customer.custom_event",
            "v-" + event.id.hex().substr(0, 18),
            true,
            false,
            {},
            [name = event.name, metadata = event.metadata] {
                return json::object{
                    {"event", {{"type", name}, {"metadata", metadata}, {"object", "event"}}}};
            }};
}

Result<http::Response> of_customer_whole(const Request& request, const ReadContext& context,
                                         bool older) {
    const std::string& word = request.path_params[0];
    const auto customer =
        customers::load_customer(context.tx, context.project, std::string_view(word));
    if (!customer) return campaigns::refuse_unknown("customer", word);
    Wish wish = everything();
    if (!older) {
        TRY(asked, read_wish(request, context));
        wish = asked;
    }
    EntryFinder finder(context);
    Collector found(wish);
    const std::vector<ledger::Card> cards = members::cards_of(context.tx, *customer);
    std::deque<members::Rulebook> books;
    for (const ledger::Card& card : cards) {
        books.push_back(members::rulebook(*context.snapshot, card.program));
        take_card(context, card, books.back(), finder, found);
    }
    std::size_t of_orders = 0;
    if (!customer->last_order.is_nil())
        orders::walk_orders(context.tx, context.project, orders::OrderId(customer->last_order),
                            [&](orders::Order& order) {
                                return found.take(activity_of(order), of_orders);
                            });
    std::size_t of_events = 0;
    if (!customer->last_event.is_nil())
        events::walk_events(context.tx, context.project, events::EventId(customer->last_event),
                            [&](const events::Event& event) {
                                return found.take(activity_of(event), of_events);
                            });
    std::size_t begin = 0;
    found.take({customer->created_at,
                0,
                customer->id,
                of_customer,
                "customer.created",
                "v-" + customer->id.hex().substr(0, 18),
                false,
                false,
                {},
                [id = customer->id.text()] {
                    return json::object{{"customer", {{"id", id}, {"object", "customer"}}}};
                }},
               begin);
    return older ? found.answer_older("data") : found.answer();
}

projects::RouteDoc doc(const char* summary, bool of_one_card) {
    projects::RouteDoc out{"Members", summary, "", examples::cursor_list(examples::activity),
                           {"limit", "order", "starting_after_id"}};
    for (const char* name : {"start_date", "end_date", "category", "type"})
        out.query.emplace_back(name);
    if (!of_one_card)
        for (const char* name : {"campaign_id", "campaign_type"}) out.query.emplace_back(name);
    return out;
}

}  // namespace

projects::Routes activity_routes() {
    return {
        {Method::get, "/v1/loyalties/{campaignId}/members/{memberId}/activity", Permission::read,
         doc("List what happened to a card", true), of_member},
        {Method::get, "/v1/loyalties/members/{memberId}/activity", Permission::read,
         doc("List what happened to a card", true), of_member},
        {Method::get, "/v1/customers/{customerId}/activity", Permission::read,
         doc("List what a customer did, and what followed", false),
         [](const Request& request, const ReadContext& context) {
             return of_customer_whole(request, context, false);
         }},
        {Method::get, "/v1/loyalties/{campaignId}/members/{memberId}/activities", Permission::read,
         {"Members", "List the last hundred things that happened to a card (use activity)",
          "", projects::example_list(examples::older_activity, "activities")},
         of_member_older},
        {Method::get, "/v1/loyalties/members/{memberId}/activities", Permission::read,
         {"Members", "List the last hundred things that happened to a card (use activity)",
          "", projects::example_list(examples::older_activity, "activities")},
         of_member_older},
        {Method::get, "/v1/customers/{customerId}/activities", Permission::read,
         {"Members", "List the last hundred things of a customer (use activity)", "",
          projects::example_list(examples::older_activity)},
         [](const Request& request, const ReadContext& context) {
             return of_customer_whole(request, context, true);
         }},
    };
}

}  // namespace perennial::flows
