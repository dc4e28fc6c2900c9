// One ladder for tables of tests: Leaf from 10, Tree from 100, Forest from 500; below 10 no tier.
// The words of a policy: "balance|points|spend|orders|tenure
// month|quarter|half_year|year|forever|all_time|P90D end_of_period|end_of_next_period|balance_drop|
// custom", then as wished "grace=P30D down=by_one|never next_period period=year extend=P3M round=month|
// quarter|half_year|year".
#pragma once
#include "modules/ledger/tests/card_text.hpp"
#include "modules/tiers/decide.hpp"

namespace perennial::test {

struct Ladder {
    campaigns::Program program;
    tiers::Tiers tiers;

    explicit Ladder(std::string_view policy) {
        program.id = ledger::ProgramId(*RawId::from_hex("000000000000000000000000000000f0"));
        const std::vector<std::string> words = split(policy, ' ');
        CHECK(words.size() >= 3);
        using Policy = campaigns::TierPolicy;
        Policy& p = program.tier_policy;
        p.metric = static_cast<Policy::Metric>(
            index_of({"balance", "points", "spend", "orders", "tenure"}, words[0]));
        if (words[1] == "all_time") {
            p.counting = Policy::Counting::all_time;
        } else if (const auto window = campaigns::Span::parse(words[1])) {
            p.counting = Policy::Counting::window;
            p.window = *window;
        } else {
            p.period = period(words[1]);
        }
        p.end = static_cast<Policy::End>(index_of(
            {"end_of_period", "end_of_next_period", "balance_drop", "custom"}, words[2]));
        for (std::size_t i = 3; i < words.size(); ++i) {
            const auto at = words[i].find('=');
            const std::string key = words[i].substr(0, at);
            const std::string value = at == std::string::npos ? "" : words[i].substr(at + 1);
            if (key == "grace") p.grace = campaigns::Span::parse(value).value();
            if (key == "extend") p.extend = campaigns::Span::parse(value).value();
            if (key == "period") p.period = period(value);
            if (key == "next_period") p.starts_next_period = true;
            if (key == "down")
                p.downgrade = static_cast<Policy::Downgrade>(
                    index_of({"to_reached", "by_one", "never"}, value));
            if (key == "round")
                p.rounding = static_cast<campaigns::ExpirationRule::Rounding>(
                    index_of({"none", "month", "quarter", "half_year", "year"}, value));
        }
        add("Leaf", 10);
        add("Tree", 100);
        add("Forest", 500);
        for (const tiers::Tier& tier : tiers.all) tiers.by_program[program.id].push_back(&tier);
    }
    Ladder(const Ladder&) = delete;

    ledger::TierId id(std::string_view name) const {
        for (const tiers::Tier& tier : tiers.all)
            if (tier.name == name) return tier.id;
        return {};
    }
    std::string name(const ledger::TierId& tier) const {
        return tier.is_nil() ? "none" : tiers.find(tier)->name;
    }
    std::string move_text(const tiers::Move& move) const {
        const std::string event(tiers::event_name(move.kind));
        std::string out = event.substr(event.rfind('.') + 1) + " " + name(move.to);
        if (move.kind == tiers::Move::Kind::grace) out = "grace " + name(move.to);
        if (move.kind == tiers::Move::Kind::waiting) {
            out = "next " + name(move.next);
            return move.next_at ? out + " at " + day_text(*move.next_at) : out;
        }
        if (move.until) out += " until " + day_text(*move.until);
        return out;
    }

  private:
    static campaigns::TierPolicy::Period period(const std::string& word) {
        return static_cast<campaigns::TierPolicy::Period>(
            index_of({"month", "quarter", "half_year", "year", "forever"}, word));
    }
    static std::size_t index_of(std::vector<std::string> words, const std::string& word) {
        const auto found = std::ranges::find(words, word);
        CHECK(found != words.end());
        return static_cast<std::size_t>(found - words.begin());
    }
    void add(const char* name, std::int64_t from) {
        tiers::Tier tier;
        tier.id = ledger::TierId(RawId::make(1, 0, tiers.all.size() + 1));
        tier.program = program.id;
        tier.name = name;
        tier.from = from;
        tiers.all.push_back(tier);
    }
};

}  // namespace perennial::test
