#include <algorithm>

#include "app/flows/order_earning.hpp"
#include "app/flows/replay.hpp"
#include "modules/projects/store.hpp"

namespace perennial::flows {
namespace {

constexpr std::size_t books_max = 64;

using Paths = std::vector<std::string>;

bool any_below(const Paths& paths, std::string_view root) {
    return std::ranges::any_of(paths, [&](const std::string& path) {
        return path == root || (path.starts_with(root) && (path[root.size()] == '.' ||
                                                           path[root.size()] == '['));
    });
}
bool names(const Paths& paths, std::string_view path) {
    return std::ranges::find(paths, path) != paths.end();
}

void look_at(const Paths& paths, Book& book) {
    const bool whole_order = names(paths, "order");
    book.reads_items = book.reads_items || whole_order || any_below(paths, "order.items");
    book.reads_metadata = book.reads_metadata || whole_order || any_below(paths, "order.metadata") ||
                          names(paths, "order.tax_amount");
    // Tax is found in the metadata of lines, too.
    book.reads_items = book.reads_items || names(paths, "order.tax_amount");
    book.reads_customer = book.reads_customer || any_below(paths, "customer");
    book.reads_moment = book.reads_moment || any_below(paths, "context");
    book.reads_channel =
        book.reads_channel || names(paths, "context") || names(paths, "context.channel");
    const bool whole_customer = names(paths, "customer");
    for (const std::string_view path : {"customer.name", "customer.email", "customer.source_id"})
        book.reads_name = book.reads_name || whole_customer || names(paths, path);
    book.needs_entries =
        book.needs_entries || whole_customer || names(paths, "customer.points");
}

void look_at(const std::optional<cel::Program>& program, Book& book) {
    if (program) look_at(program->reads(), book);
}

void look_at(const earning::Rule& rule, Book& book) {
    look_at(rule.condition, book);
    look_at(rule.formula, book);
    if (rule.exclude.any()) book.reads_items = book.reads_metadata = true;
    book.has_limits = book.has_limits || rule.limits.any();
    if (!rule.proportion) return;
    look_at(rule.proportion->formula, book);
    switch (rule.proportion->measure) {
        case earning::Measure::order_amount:
        case earning::Measure::order_total_amount:
        case earning::Measure::custom_event_metadata: break;
        case earning::Measure::order_metadata: book.reads_metadata = true; break;
        case earning::Measure::customer_metadata: book.reads_customer = true; break;
        case earning::Measure::order_items_quantity:
        case earning::Measure::order_items_amount:
        case earning::Measure::order_items_subtotal_amount: book.reads_items = true; break;
    }
}

std::vector<History> fill(db::Tx& tx, projects::ProjectNumber project,
                          std::vector<ledger::Card> cards, bool entries) {
    std::erase_if(cards, [](const ledger::Card& card) { return card.customer.is_nil(); });
    std::vector<customers::CustomerId> ids;
    ids.reserve(cards.size());
    for (const ledger::Card& card : cards) ids.emplace_back(card.customer);
    auto holders = customers::load_customers(tx, project, ids);
    std::vector<History> out;
    out.reserve(cards.size());
    for (std::size_t i = 0; i < cards.size(); ++i) {
        if (!holders[i]) continue;
        const customers::CardRef* ref = holders[i]->card_of(cards[i].program);
        if (ref == nullptr || ref->card != cards[i].id) continue;
        out.push_back({std::move(cards[i]), *std::move(holders[i]), {}, {}, {}});
    }
    std::vector<orders::OrderId> last_orders;
    std::vector<events::EventId> last_events;
    std::vector<const ledger::Card*> heads;
    for (History& one : out) {
        one.orders.reserve(static_cast<std::size_t>(std::max<std::int64_t>(0, one.holder.orders_count)));
        last_orders.emplace_back(one.holder.last_order);
        last_events.emplace_back(one.holder.last_event);
        heads.push_back(&one.card);
    }
    orders::walk_chains(tx, project, last_orders, [&](std::size_t i, orders::Past&& past) {
        if (past.order.decision) out[i].orders.push_back(std::move(past));
    });
    events::walk_chains(tx, project, last_events, [&](std::size_t i, events::Event&& event) {
        out[i].events.push_back(std::move(event));
    });
    if (entries)
        ledger::walk_chains(tx, project, heads, [&](std::size_t i, ledger::Entry&& entry) {
            out[i].entries.push_back(std::move(entry));
        });
    for (History& one : out) {
        std::ranges::reverse(one.orders);
        std::ranges::reverse(one.events);
        std::ranges::reverse(one.entries);
    }
    return out;
}

}  // namespace

Book::Book(projects::SnapshotPtr of, const ledger::ProgramId& program_id)
    : snapshot(std::move(of)),
      id(program_id),
      program(snapshot->get<campaigns::Programs>().find(program_id)),
      rules(snapshot->get<earning::Rules>()),
      tiers(snapshot->get<tiers::Tiers>()),
      of_orders(order_rules(*snapshot, program_id)) {
    for (const earning::Rule& rule : rules.all)
        if (rule.program == id) look_at(rule, *this);
    for (const earning::Multiplier& one : rules.multipliers)
        if (one.program == id) look_at(one.condition, *this);
    has_limits = has_limits || (program != nullptr && program->earning.limits.any());
    has_tiers = !tiers.of(id).empty();
    needs_entries = needs_entries || has_tiers || has_limits;
}

const std::vector<const earning::Rule*>& Book::of_event(const std::string& name) const {
    static const std::vector<const earning::Rule*> none;
    const auto found = rules.on_event.find({id, name});
    return found == rules.on_event.end() ? none : found->second;
}

const std::vector<const earning::Rule*>& Book::of_tier(earning::Trigger trigger) const {
    static const std::vector<const earning::Rule*> none;
    const auto found = rules.on_tier.find({id, trigger});
    return found == rules.on_tier.end() ? none : found->second;
}

const Book& Books::at(db::Tx& tx, std::int64_t version) {
    const auto [place, fresh] = changed_at_.try_emplace(version, version);
    if (fresh) place->second = projects::last_change(tx, project_, version);
    std::unique_ptr<Book>& book = books_[place->second];
    if (!book) book = std::make_unique<Book>(cache_.load_at(tx, project_, place->second), program_);
    return *book;
}

void Books::trim() {
    if (books_.size() > books_max) books_.clear();
    if (changed_at_.size() > books_max * 64) changed_at_.clear();
}

std::vector<History> load_histories(db::Tx& tx, projects::ProjectNumber project,
                                    const ledger::ProgramId& program, ledger::CardPlace& last,
                                    std::int64_t limit, bool entries) {
    std::vector<ledger::Card> cards = ledger::next_cards(tx, project, program, last, limit);
    if (!cards.empty()) last = {cards.back().created_at, cards.back().id};
    else last.id = ledger::CardId();
    return fill(tx, project, std::move(cards), entries);
}

std::optional<History> load_history(db::Tx& tx, projects::ProjectNumber project,
                                    const ledger::CardId& id, bool entries) {
    auto card = ledger::load_card(tx, project, id);
    if (!card) return std::nullopt;
    std::vector<ledger::Card> cards;
    cards.push_back(*std::move(card));
    auto found = fill(tx, project, std::move(cards), entries);
    if (found.empty()) return std::nullopt;
    return std::move(found.front());
}

}  // namespace perennial::flows
