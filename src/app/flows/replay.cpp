#include "app/flows/replay.hpp"

#include <algorithm>

#include "app/flows/order_earning.hpp"
#include "app/flows/replay_course.hpp"
#include "app/flows/replay_world.hpp"
#include "modules/members/kept_facts.hpp"

namespace perennial::flows {
namespace {

using earning::Span;
using BookOf = FunctionRef<const Book&(std::int64_t)>;

// What an order or event gave, what the rules of its time come to, and what those of the change do.
class Replay {
  public:
    Replay(History& history, const ReplayWish& wish, BookOf book_of, Timestamp now, Replayed& out)
        : history_(history),
          wish_(wish),
          book_of_(book_of),
          end_(std::min(wish.to, now + 1)),
          out_(out),
          change_(wish.change),
          zone_(wish.change.snapshot->zone()),
          person_(history),
          world_(history, wish, person_, out),
          course_(course_of(history, wish.change.id, !wish.as_always)) {}

    void run() {
        for (const Moment& moment : course_.moments) {
            if (moment.at >= end_) break;
            if (!world_.is_forked() && moment.at >= wish_.from) world_.fork(then_used_);
            switch (moment.kind) {
                case Moment::Kind::entry: world_.take(history_.entries[moment.index]); break;
                case Moment::Kind::order: decide_order(moment); break;
                case Moment::Kind::event: decide_event(moment); break;
                case Moment::Kind::back: take_back(moment); break;
                case Moment::Kind::part: take_part(course_.parts[moment.index]); break;
            }
        }
        if (!world_.is_forked() && end_ > wish_.from && history_.card.created_at < end_)
            world_.fork(then_used_);
        world_.end(end_ + -1);
    }

  private:
    const RawId& program() const { return change_.id; }

    const json::object* stored_of(const json::object& facts) const {
        const json::value* stored = facts.if_contains(program_text());
        return stored == nullptr ? nullptr : &stored->as_object();
    }
    const std::string& program_text() const {
        if (program_text_.empty()) program_text_ = change_.id.text();
        return program_text_;
    }

    // --- the lines of one order or event: those from `first` on

    struct Lines {
        std::size_t first;
        ReplayLine like;
    };

    Lines lines_of(ReplayLine::Of of, const Moment& moment, Timestamp at) const {
        Lines out{out_.lines.size(), {}};
        out.like.of = of;
        out.like.index = moment.index;
        out.like.at = at;
        return out;
    }

    ReplayLine& line_of(const Lines& lines, const RawId& rule) {
        for (std::size_t i = lines.first; i < out_.lines.size(); ++i)
            if (out_.lines[i].rule == rule) return out_.lines[i];
        ReplayLine& line = out_.lines.emplace_back(lines.like);
        line.rule = rule;
        return line;
    }

    // --- the rules of its time

    // The budgets of then are known only by what they did not let through.
    Points budget_then(const RawId& scope, const std::vector<orders::Cut>& cuts,
                       const campaigns::Program& of) const {
        const bool of_rule = scope == decider_.current()->id;
        for (const orders::Cut& cut : cuts)
            if (cut.program == program() && cut.rule == decider_.current()->id &&
                cut.limit == (of_rule ? "rule.budget" : "program.budget")) {
                const auto& budget = of_rule ? decider_.current()->limits.budget : of.earning.limits.budget;
                if (budget) return *budget - cut.given;
            }
        return Points();
    }

    template <class Body>
    void with_then_meter(const Book& book, const std::vector<orders::Cut>& cuts, Body body) {
        const auto used = [&](const RawId& scope, Span span, Timestamp start) {
            return span == Span::budget ? budget_then(scope, cuts, *book.program)
                                        : then_used_.of(scope, span, start);
        };
        const auto add = [&](const RawId& scope, Span span, Timestamp start, Points points, Points) {
            if (span != Span::budget) then_used_.add(scope, span, start, points);
        };
        body(earning::Meter{used, add});
    }

    // History's own points go into the counters, whatever the replay came to.
    void note_then(const Book& book, const earning::Rule* rule, Points points, Timestamp at) {
        if (!book.has_limits || rule == nullptr || book.program == nullptr || points.is_zero()) return;
        with_then_meter(book, {}, [&](const earning::Meter& meter) {
            decider_.look_at(*rule);
            earning::note(*rule, book.program->earning.limits, points, at, zone_, meter);
        });
    }

    void decide_then(const Case& one, const std::vector<orders::Cut>& cuts, const Lines& lines) {
        with_then_meter(one.book, cuts,
                        [&](const earning::Meter& meter) { decider_.decide(one, meter, got_); });
        for (const Got& got : got_) {
            if (got.points.is_zero() && got.limit.empty()) continue;
            ReplayLine& line = line_of(lines, got.rule->id);
            line.then += got.points;
            line.then_back += got.back;
            line.then_limit = got.limit;
        }
    }

    void compare(const Lines& lines, const Book& book, int engine) {
        for (std::size_t i = lines.first; i < out_.lines.size(); ++i) {
            const ReplayLine& line = out_.lines[i];
            if (line.was == line.then && line.was_back == line.then_back) continue;
            const earning::Rule* rule = book.rules.find(earning::RuleId(line.rule));
            note_then(book, rule, line.was - line.then, line.at);
            std::string_view why = "other";
            if (engine != earning::engine_version) why = "engine";
            else if (rule == nullptr) why = "rule";
            else if (book.reads_channel && line.of == ReplayLine::Of::order) why = "channel";
            else if (history_.holder.erased) why = "erased";
            else if (book.reads_name) why = "person";
            else if (!line.then_limit.empty() || book.has_limits) why = "limit";
            out_.not_replayed.push_back({line, why});
        }
    }

    // --- the change

    // Gives what it takes back at once.
    Points decide_under(const Case& one, std::uint32_t order, const Lines& lines) {
        world_.with_meter([&](const earning::Meter& meter) { decider_.decide(one, meter, got_); });
        Points back;
        for (const Got& got : got_) {
            ReplayLine& line = line_of(lines, got.rule->id);
            line.under += got.points;
            line.under_back += got.back;
            line.under_limit = got.limit;
            line.under_wanted = got.wanted;
            back += got.back;
            world_.credit(got.rule, wish_.as_always ? got.points - got.back : got.points,
                          one.counted_at, order);
        }
        return back;
    }

    // What is not decided anew gives what it gave.
    void credit_what_was(const Book* book, std::uint32_t order, const Lines& lines) {
        for (std::size_t i = lines.first; i < out_.lines.size(); ++i) {
            const ReplayLine& line = out_.lines[i];
            const earning::Rule* rule = book->rules.find(earning::RuleId(line.rule));
            note_then(*book, rule, line.was, line.at);
            world_.credit(rule, wish_.as_always ? line.was - line.was_back : line.was, line.at, order);
        }
        out_.lines.resize(lines.first);
    }

    // Limits have room again for what came back.
    void give_back_under(std::uint32_t order, Timestamp counted_at, std::size_t first = 0) {
        if (!change_.has_limits || change_.program == nullptr) return;
        for (std::size_t i = first; i < out_.lines.size(); ++i) {
            const ReplayLine& line = out_.lines[i];
            if (line.of != ReplayLine::Of::order || line.index != order || line.under_back.is_zero())
                continue;
            const earning::Rule* rule = change_.rules.find(earning::RuleId(line.rule));
            if (rule == nullptr) continue;
            world_.with_meter([&](const earning::Meter& meter) {
                earning::note(*rule, change_.program->earning.limits, -line.under_back, counted_at,
                              zone_, meter);
            });
        }
    }

    // What was read of the person in the world of the change, when it gives something else there.
    void keep_facts(const Lines& lines, std::map<std::uint32_t, json::object>& facts,
                    const tiers::Tier* tier) const {
        bool differs = false;
        for (std::size_t i = lines.first; i < out_.lines.size(); ++i)
            differs = differs || out_.lines[i].was != out_.lines[i].under ||
                      out_.lines[i].was_back != out_.lines[i].under_back;
        if (!differs) return;
        json::object& kept = facts[lines.like.index];
        ledger::Card card;
        if (tier != nullptr) card.tier = tier->id;
        if (change_.reads_customer) kept = members::stored_facts(person_.facts(), card, true);
        else if (tier != nullptr) kept = {{"tier", card.tier.text()}};
        else kept = {};
    }

    // --- orders

    Money kept_then(const orders::Order& order, const std::vector<std::int64_t>& returned) const {
        if (returned.empty()) return order.total_amount();
        orders::Order then = order;
        for (std::size_t i = 0; i < then.items.size(); ++i)
            then.items[i].returned_quantity = i < returned.size() ? returned[i] : 0;
        return then.total_amount() - then.amount_returned();
    }

    // Whether anything was left of the order when it was decided.
    static bool had_lines(const orders::Order& order, const std::vector<std::int64_t>& returned) {
        for (std::size_t i = 0; i < order.items.size(); ++i)
            if (order.items[i].quantity > (i < returned.size() ? returned[i] : 0)) return true;
        return order.items.empty();
    }

    // Of what was taken back, what was not there to be taken.
    static Points not_posted(Points was_back, const OrderCourse& state) {
        return std::max(Points(), was_back - state.posted_back);
    }

    void decide_order(const Moment& moment) {
        orders::Past& past = history_.orders[moment.index];
        orders::Order& order = past.order;
        OrderCourse& state = course_.orders[moment.index];
        const orders::Decision& decision = *order.decision;
        const Timestamp counted_at = state.under.claimed_at;
        const bool in_period = world_.is_forked() && counted_at >= wish_.decides_from;
        if (!in_period && !world_.lives() && !change_.has_limits) return person_.count(order);
        const Book& book = book_of_(state.under.definitions);
        if (state.came_back || !state.under.returned.empty() || book.reads_items ||
            change_.reads_items) {
            past.read_items();
            if (!state.came_back && order.returned_by_item() != state.under.returned)
                state.came_back = true;
        }
        if (book.reads_metadata || change_.reads_metadata) past.read_metadata();
        world_.advance(counted_at);

        const Lines lines = lines_of(ReplayLine::Of::order, moment, counted_at);
        Points was_back;
        for (const orders::Award& award : decision.awards)
            if (award.program == program()) {
                ReplayLine& line = line_of(lines, award.rule);
                line.was += award.points;
                line.was_back += award.taken_back;
                was_back += award.taken_back;
            }
        if (in_period) {
            ++out_.orders;
            decider_.next_order();
            const auto looked_at = [&](const Book& in, const tiers::Tier* tier) {
                return Case{in, in.of_orders, person_.facts(), tier, {}, state.under.at, counted_at, &past,
                            &state.under.returned, state.came_back, nullptr};
            };
            const json::object* stored = stored_of(decision.facts);
            const tiers::Tier* tier_then = person_.be_stored(stored, book.tiers);
            decide_then(looked_at(book, tier_then), decision.cuts, lines);
            compare(lines, book, state.under.engine);
            const tiers::Tier* tier = world_.tier();
            world_.see_person(stored);
            state.under_back += decide_under(looked_at(change_, tier), moment.index, lines);
            if (wish_.as_always) {
                give_back_under(moment.index, counted_at, lines.first);
                keep_facts(lines, out_.facts_of_orders, tier);
            }
        } else {
            credit_what_was(&book, moment.index, lines);
            state.under_back += was_back;
        }
        if (world_.lives()) {
            if (!wish_.as_always) {
                world_.count(kept_then(order, state.under.returned),
                             had_lines(order, state.under.returned) ? 1 : 0, counted_at);
            } else {
                world_.keep(std::min(state.under_back, not_posted(was_back, state)));
                if (orders::counts(order.status) && !nothing_left(order))
                    world_.count(order.kept_amount(), 1, counted_at);
            }
            if (world_.is_forked()) world_.settle(counted_at);
        }
        person_.count(order);
    }

    // The return that came later: of points, of what counts for tiers, of limits.
    void take_back(const Moment& moment) {
        const orders::Order& order = history_.orders[moment.index].order;
        const OrderCourse& state = course_.orders[moment.index];
        const Timestamp counted_at = state.under.claimed_at;
        const Book& book = book_of_(state.under.definitions);
        if (!world_.lives() && !change_.has_limits && !book.has_limits) return;
        Points was_back;
        for (const orders::Award& award : order.decision->awards)
            if (award.program == program()) {
                was_back += award.taken_back;
                Points later;  // what entries tell of, each at its moment
                for (const ReturnPart& part : course_.parts)
                    if (part.order == moment.index && part.rule == award.rule) later += part.points;
                note_then(book, book.rules.find(earning::RuleId(award.rule)),
                          -(award.taken_back - later), counted_at);
            }
        if (world_.is_forked()) give_back_under(moment.index, counted_at);
        if (!world_.lives()) return;
        world_.advance(moment.at);
        const std::vector<std::int64_t>& returned = state.under.returned;
        const Money kept = order.status == orders::Status::canceled ? Money() : order.kept_amount();
        world_.count(kept - kept_then(order, returned),
                     had_lines(order, returned) && nothing_left(order) ? -1 : 0, counted_at);
        world_.take_back(moment.index, state.under_back, not_posted(was_back, state), counted_at);
        if (world_.is_forked()) world_.settle(moment.at);
    }

    // One of several returns of an order: limits had their room back from then on.
    void take_part(const ReturnPart& part) {
        const OrderCourse& state = course_.orders[part.order];
        const Book& book = book_of_(state.under.definitions);
        note_then(book, book.rules.find(earning::RuleId(part.rule)), -part.points,
                  state.under.claimed_at);
    }

    // --- events

    void decide_event(const Moment& moment) {
        const events::Event& event = history_.events[moment.index];
        const auto& under_rules = change_.of_event(event.name);
        const json::object* stored = event.decision ? stored_of(event.decision->facts) : nullptr;
        if (under_rules.empty() && stored == nullptr) {
            if (world_.is_forked()) ++out_.events;
            return;
        }
        const bool in_period = world_.is_forked() && event.created_at >= wish_.decides_from;
        if (!in_period && !world_.lives() && !change_.has_limits) return;
        world_.advance(event.created_at);
        const Lines lines = lines_of(ReplayLine::Of::event, moment, event.created_at);
        const Book* book = nullptr;
        if (event.decision) {
            book = &book_of_(version_of(event, change_.id));
            for (const events::Award& award : event.decision->awards)
                if (award.program == program()) line_of(lines, award.rule).was += award.points;
        }
        if (in_period) {
            ++out_.events;
            earning::EventFacts facts;
            facts.name = event.name;
            facts.metadata = event.metadata;
            const std::string_view channel =
                event.decision ? std::string_view(event.decision->channel) : std::string_view();
            const auto looked_at = [&](const Book& in, const tiers::Tier* tier) {
                return Case{in, in.of_event(event.name), person_.facts(), tier, channel,
                            event.created_at, event.created_at, nullptr, nullptr, false, &facts};
            };
            if (stored != nullptr) {
                const tiers::Tier* tier_then = person_.be_stored(stored, book->tiers);
                decide_then(looked_at(*book, tier_then), event.decision->cuts, lines);
            }
            if (event.decision) compare(lines, *book, event.decision->engine);
            const tiers::Tier* tier = world_.tier();
            world_.see_person(stored);
            decide_under(looked_at(change_, tier), ReplayWorld::no_order, lines);
            if (wish_.as_always) keep_facts(lines, out_.facts_of_events, tier);
        } else {
            credit_what_was(book, ReplayWorld::no_order, lines);
        }
        if (world_.is_forked()) world_.settle(event.created_at);
    }

    History& history_;
    const ReplayWish& wish_;
    BookOf book_of_;
    Timestamp end_;
    Replayed& out_;
    const Book& change_;
    const TimeZone& zone_;
    mutable std::string program_text_;
    ReplayPerson person_;
    ReplayWorld world_;
    Course course_;
    Used then_used_;  ///< what limits have counted in history

    // Kept from case to case, so that their memory is.
    Decider decider_;
    std::vector<Got> got_;
};

}  // namespace

void Replayed::clear() {
    orders = events = with_person_of_today = 0;
    lines.clear();
    not_replayed.clear();
    facts_of_orders.clear();
    facts_of_events.clear();
    tier_at_start = tier_was = tier_under = ledger::TierId();
    moves_were.clear();
    moves_under.clear();
}

std::int64_t version_of(const events::Event& event, const ledger::ProgramId& program) {
    CHECK(event.decision.has_value());
    if (const json::value* facts = event.decision->facts.if_contains(program.text()))
        if (const json::value* version = facts->as_object().if_contains("v"))
            return version->as_int64();
    return event.decision->definitions;
}

void replay(History& history, const ReplayWish& wish, BookOf book_of, Timestamp now,
            Replayed& out) {
    out.clear();
    Replay(history, wish, book_of, now, out).run();
}

}  // namespace perennial::flows
