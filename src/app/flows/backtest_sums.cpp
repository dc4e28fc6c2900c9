#include <fmt/format.h>

#include <algorithm>

#include "app/flows/backtest.hpp"
#include "app/flows/order_facts.hpp"
#include "cel/arena.hpp"
#include "modules/campaigns/document.hpp"
#include "modules/campaigns/economics.hpp"
#include "modules/members/commands.hpp"

namespace perennial::flows {
namespace {

using Tally = BacktestSums::Tally;

constexpr std::size_t extremes_max = 10;
constexpr std::size_t listed_max = 20;
constexpr std::string_view no_tier = "none";

std::string id_of(const ledger::TierId& tier) {
    return tier.is_nil() ? std::string(no_tier) : tier.text();
}

// Definitions that the change removed have their names in today's.
std::string tier_name(const std::string& id, const BacktestSums::Scene& scene) {
    const auto tier = ledger::TierId::parse(id);
    if (!tier) return id;
    for (const Book* book : {&scene.change, &scene.today})
        if (const tiers::Tier* found = book->tiers.find(*tier)) return found->name;
    return id;
}

std::string rule_name(const std::string& id, const BacktestSums::Scene& scene) {
    const auto rule = earning::RuleId::parse(id);
    if (!rule) return id;
    for (const Book* book : {&scene.change, &scene.today})
        if (const earning::Rule* found = book->rules.find(*rule)) return found->name;
    return id;
}

json::array numbers(const Tally& t) {
    return {t.members, t.was, t.was_back, t.then, t.then_back, t.under, t.under_back, t.gain, t.lose};
}

Tally tally_of(const json::array& from) {
    Tally t;
    std::size_t i = 0;
    for (std::int64_t* to : {&t.members, &t.was, &t.was_back, &t.then, &t.then_back, &t.under,
                             &t.under_back, &t.gain, &t.lose})
        *to = from.at(i++).as_int64();
    return t;
}

void add_points(Tally& to, const ReplayLine& line) {
    to.was += line.was.value;
    to.was_back += line.was_back.value;
    to.then += line.then.value;
    to.then_back += line.then_back.value;
    to.under += line.under.value;
    to.under_back += line.under_back.value;
}

json::object points_json(std::int64_t points, std::int64_t back, const campaigns::Program* program) {
    json::object out{{"points", points}, {"taken_back", back}, {"kept", points - back}};
    out["cost"] = nullptr;
    if (program != nullptr)
        if (const auto cost = campaigns::value_of(*program, Points(points - back)))
            out["cost"] = cost->value;
    return out;
}

json::object worlds(const Tally& t, const BacktestSums::Scene& scene) {
    json::object was = points_json(t.was, t.was_back, scene.today.program);
    json::object changed = points_json(t.under, t.under_back, scene.change.program);
    json::object difference;
    for (const auto& [name, value] : changed)
        difference[name] = value.is_int64() && was.at(name).is_int64()
                               ? json::value(value.get_int64() - was.at(name).get_int64())
                               : json::value();
    return {{"as_they_were", std::move(was)},
            {"of_the_time", points_json(t.then, t.then_back, scene.today.program)},
            {"changed", std::move(changed)},
            {"difference", std::move(difference)}};
}

json::object part_json(const Tally& t, const BacktestSums::Scene& scene, bool of_members) {
    json::object out = worlds(t, scene);
    if (of_members) {
        out["members"] = t.members;
        out["gain"] = t.gain;
        out["lose"] = t.lose;
    }
    return out;
}

}  // namespace

template <class Self, class Visit>
void BacktestSums::each_tally(Self& self, Visit visit) {
    visit("months", self.months_);
    visit("tiers", self.tiers_);
    visit("groups", self.groups_);
}
template <class Self, class Visit>
void BacktestSums::each_count(Self& self, Visit visit) {
    visit("moves_were", self.moves_were_);
    visit("moves_under", self.moves_under_);
    visit("ends_were", self.ends_were_);
    visit("ends_under", self.ends_under_);
    visit("reasons", self.reasons_);
}

void BacktestSums::add(const History& history, const Replayed& one, const Scene& scene) {
    orders_ += one.orders;
    events_ += one.events;
    person_of_today_ += one.with_person_of_today;
    const TimeZone& zone = scene.change.snapshot->zone();
    Tally own;
    own.members = 1;
    Timestamp month_from{1}, month_to{0};
    Tally* month = nullptr;
    for (const ReplayLine& line : one.lines) {
        add_points(own, line);
        if (line.at < month_from || line.at >= month_to) {
            const Date day = zone.local_date(line.at);
            const Date first{day.year, day.month, 1};
            month_from = zone.start_of(first);
            month_to = zone.start_of(first.plus_months(1));
            month = &months_[first.iso().substr(0, 7)];
        }
        add_points(*month, line);
        add_points(rules_[line.rule], line);
        if (!line.under_limit.empty()) {
            Cut& cut = cuts_[earning::RuleId(line.rule).text() + " " + line.under_limit];
            ++cut.times;
            cut.points += (line.under_wanted - line.under).value;
        }
    }
    const std::int64_t kept_was = own.was - own.was_back;
    const std::int64_t kept_under = own.under - own.under_back;
    own.gain = kept_under > kept_was ? 1 : 0;
    own.lose = kept_under < kept_was ? 1 : 0;
    const auto join = [&](Tally& to) {
        to.members += 1;
        to.was += own.was;
        to.was_back += own.was_back;
        to.then += own.then;
        to.then_back += own.then_back;
        to.under += own.under;
        to.under_back += own.under_back;
        to.gain += own.gain;
        to.lose += own.lose;
    };
    join(all_);
    join(tiers_[id_of(one.tier_at_start)]);
    if (!scene.groups.empty()) {
        members::CustomerView view;
        members::fill(view, history.holder, &history.card, scene.today.tiers);
        const tiers::Tier* tier = one.tier_at_start.is_nil()
                                      ? nullptr
                                      : scene.today.tiers.find(one.tier_at_start);
        view.facts.tier = tier == nullptr ? std::string_view() : std::string_view(tier->name);
        std::string date;
        const earning::ContextFacts context = context_facts(scene.now, zone, "", date);
        std::array<cel::Value, earning::slot_count> slots;
        slots[earning::slot_customer] =
            cel::Value::structure(&view.facts, earning::customer_type);
        slots[earning::slot_context] = cel::Value::structure(&context, earning::context_type);
        for (const Group& group : scene.groups) {
            cel::Arena arena;
            if (group.condition.evaluate(slots, arena, nullptr).is_true())
                join(groups_[group.name]);
        }
    }
    const auto extreme = [&](std::vector<Extreme>& list, bool gains) {
        const std::int64_t difference = kept_under - kept_was;
        const auto before = [&](const Extreme& a, const Extreme& b) {
            return gains ? a.difference > b.difference : a.difference < b.difference;
        };
        if (list.size() == extremes_max &&
            !before({difference, {}, {}, 0, 0}, list.back()))
            return;
        Extreme fresh{difference, history.card.id.text(), history.card.code, kept_was, kept_under};
        list.insert(std::ranges::upper_bound(list, fresh, before), std::move(fresh));
        if (list.size() > extremes_max) list.pop_back();
    };
    if (own.gain != 0) extreme(gains_, true);
    if (own.lose != 0) extreme(losses_, false);
    const auto count_moves = [&](const std::vector<ReplayMove>& moves, Counts& counts) {
        for (const ReplayMove& move : moves)
            ++counts[id_of(move.from) + " " + id_of(move.to)];
    };
    count_moves(one.moves_were, moves_were_);
    count_moves(one.moves_under, moves_under_);
    ++ends_were_[id_of(one.tier_was)];
    ++ends_under_[id_of(one.tier_under)];
    if (one.tier_was != one.tier_under) ++tier_differs_;
    const ReplayLine* last = nullptr;
    for (const NotReplayed& wrong : one.not_replayed) {
        const ReplayLine& line = wrong.line;
        if (last == nullptr || last->of != line.of || last->index != line.index) {
            ++not_replayed_;
            ++reasons_[std::string(wrong.why)];
        }
        last = &line;
        if (first_not_replayed_.size() >= listed_max) continue;
        const bool is_order = line.of == ReplayLine::Of::order;
        first_not_replayed_.push_back(
            {{is_order ? "order_id" : "event_id", is_order
                                                      ? history.orders[line.index].order.id.text()
                                                      : history.events[line.index].id.text()},
             {"earning_rule_id", earning::RuleId(line.rule).text()},
             {"reason", wrong.why},
             {"points", line.was.value},
             {"taken_back", line.was_back.value},
             {"replayed_points", line.then.value},
             {"replayed_taken_back", line.then_back.value}});
    }
}

json::object BacktestSums::result(const Scene& scene) const {
    json::object out = worlds(all_, scene);
    out["members"] = all_.members;
    out["orders"] = orders_;
    out["events"] = events_;
    const auto extremes = [](const std::vector<Extreme>& list) {
        json::array items;
        for (const Extreme& one : list)
            items.push_back({{"id", one.card},
                             {"code", one.code},
                             {"as_they_were", one.was},
                             {"changed", one.under},
                             {"difference", one.difference}});
        return items;
    };
    out["affected"] = {{"gain", all_.gain},
                       {"lose", all_.lose},
                       {"unchanged", all_.members - all_.gain - all_.lose},
                       {"biggest_gains", extremes(gains_)},
                       {"biggest_losses", extremes(losses_)}};
    const auto moves = [&](const Counts& counts) {
        json::array items;
        for (const auto& [key, count] : counts) {
            const auto space = key.find(' ');
            items.push_back({{"from", tier_name(key.substr(0, space), scene)},
                             {"to", tier_name(key.substr(space + 1), scene)},
                             {"moves", count}});
        }
        return items;
    };
    json::array ends;
    std::map<std::string, std::pair<std::int64_t, std::int64_t>> both;
    for (const auto& [tier, count] : ends_were_) both[tier].first = count;
    for (const auto& [tier, count] : ends_under_) both[tier].second = count;
    for (const auto& [tier, counts] : both)
        ends.push_back({{"tier", tier_name(tier, scene)},
                        {"as_they_were", counts.first},
                        {"changed", counts.second}});
    out["tiers"] = {{"moves_as_they_were", moves(moves_were_)},
                    {"moves_changed", moves(moves_under_)},
                    {"members_at_end", std::move(ends)},
                    {"differ_at_end", tier_differs_}};
    json::array by_tier;
    for (const auto& [tier, tally] : tiers_) {
        json::object part = part_json(tally, scene, true);
        part["tier"] = tier_name(tier, scene);
        by_tier.push_back(std::move(part));
    }
    out["by_tier"] = std::move(by_tier);
    json::array by_group;
    for (const Group& group : scene.groups) {
        const auto found = groups_.find(group.name);
        json::object part =
            part_json(found == groups_.end() ? Tally{} : found->second, scene, true);
        part["group"] = group.name;
        by_group.push_back(std::move(part));
    }
    out["by_group"] = std::move(by_group);
    json::array by_month;
    for (const auto& [month, tally] : months_) {
        json::object part = part_json(tally, scene, false);
        part["month"] = month;
        by_month.push_back(std::move(part));
    }
    out["by_month"] = std::move(by_month);
    json::array by_rule;
    for (const auto& [rule, tally] : rules_) {
        json::object part = part_json(tally, scene, false);
        const std::string id = earning::RuleId(rule).text();
        part["earning_rule_id"] = id;
        part["name"] = rule_name(id, scene);
        by_rule.push_back(std::move(part));
    }
    out["by_earning_rule"] = std::move(by_rule);
    json::array limits;
    for (const auto& [key, cut] : cuts_) {
        const auto space = key.find(' ');
        limits.push_back({{"earning_rule_id", key.substr(0, space)},
                          {"name", rule_name(key.substr(0, space), scene)},
                          {"limit", key.substr(space + 1)},
                          {"times", cut.times},
                          {"points", cut.points}});
    }
    out["limits_reached"] = std::move(limits);
    json::object reasons;
    for (const auto& [reason, count] : reasons_) reasons[reason] = count;
    out["not_replayed"] = {{"count", not_replayed_},
                           {"reasons", std::move(reasons)},
                           {"first", first_not_replayed_}};
    out["with_customer_of_today"] = person_of_today_;
    return out;
}

std::string BacktestSums::position() const {
    json::object out{{"at", after.created_at.ms},
                     {"id", after.id.hex()},
                     {"all", numbers(all_)},
                     {"counts", json::array{orders_, events_, person_of_today_, not_replayed_,
                                            tier_differs_}},
                     {"first", first_not_replayed_}};
    each_tally(*this, [&](std::string_view name, const Tallies& tallies) {
        json::object of;
        for (const auto& [key, tally] : tallies) of[key] = numbers(tally);
        out[name] = std::move(of);
    });
    each_count(*this, [&](std::string_view name, const Counts& counts) {
        json::object of;
        for (const auto& [key, count] : counts) of[key] = count;
        out[name] = std::move(of);
    });
    json::object rules;
    for (const auto& [rule, tally] : rules_) rules[rule.hex()] = numbers(tally);
    out["rules"] = std::move(rules);
    json::object cuts;
    for (const auto& [key, cut] : cuts_) cuts[key] = json::array{cut.times, cut.points};
    out["cuts"] = std::move(cuts);
    json::object spent;
    for (const auto& [scope, points] : budgets) spent[scope.hex()] = points.value;
    out["budgets"] = std::move(spent);
    for (const auto& [name, list] : {std::pair("gains", &gains_), std::pair("losses", &losses_)}) {
        json::array items;
        for (const Extreme& one : *list)
            items.push_back(json::array{one.difference, one.card, one.code, one.was, one.under});
        out[name] = std::move(items);
    }
    return to_text(out);
}

BacktestSums BacktestSums::from_position(std::string_view text) {
    BacktestSums out;
    if (text.empty()) return out;
    const json::value stored = json::parse(text);
    const json::object& doc = stored.as_object();
    out.after.created_at = {doc.at("at").as_int64()};
    out.after.id = ledger::CardId(*RawId::from_hex(doc.at("id").as_string()));
    out.all_ = tally_of(doc.at("all").as_array());
    const json::array& counts = doc.at("counts").as_array();
    std::size_t i = 0;
    for (std::int64_t* to : {&out.orders_, &out.events_, &out.person_of_today_, &out.not_replayed_,
                             &out.tier_differs_})
        *to = counts.at(i++).as_int64();
    out.first_not_replayed_ = doc.at("first").as_array();
    each_tally(out, [&](std::string_view name, Tallies& tallies) {
        for (const auto& [key, value] : doc.at(name).as_object())
            tallies[std::string(key)] = tally_of(value.as_array());
    });
    each_count(out, [&](std::string_view name, Counts& of) {
        for (const auto& [key, value] : doc.at(name).as_object())
            of[std::string(key)] = value.as_int64();
    });
    for (const auto& [key, value] : doc.at("rules").as_object())
        out.rules_[*RawId::from_hex(key)] = tally_of(value.as_array());
    for (const auto& [key, value] : doc.at("cuts").as_object())
        out.cuts_[std::string(key)] = {value.at(0).as_int64(), value.at(1).as_int64()};
    for (const auto& [key, value] : doc.at("budgets").as_object())
        out.budgets[*RawId::from_hex(key)] = Points(value.as_int64());
    for (const auto& [name, list] :
         {std::pair("gains", &out.gains_), std::pair("losses", &out.losses_)})
        for (const json::value& item : doc.at(name).as_array())
            list->push_back({item.at(0).as_int64(), std::string(item.at(1).as_string()),
                             std::string(item.at(2).as_string()), item.at(3).as_int64(),
                             item.at(4).as_int64()});
    return out;
}

}  // namespace perennial::flows
