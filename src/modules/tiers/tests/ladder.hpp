// One ladder for tables of tests: Leaf from 10, Tree from 100, Forest from 500; below 10 no tier.
// The words of a policy: "balance|points|spend month|quarter|half_year|year|forever
// end_of_period|end_of_next_period|balance_drop".
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
        CHECK(words.size() == 3);
        using Policy = campaigns::TierPolicy;
        program.tier_policy.qualification =
            static_cast<Policy::Qualification>(index_of({"balance", "points", "spend"}, words[0]));
        program.tier_policy.period = static_cast<Policy::Period>(
            index_of({"month", "quarter", "half_year", "year", "forever"}, words[1]));
        program.tier_policy.end = static_cast<Policy::End>(
            index_of({"end_of_period", "end_of_next_period", "balance_drop"}, words[2]));
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
        if (move.until) out += " until " + day_text(*move.until);
        return out;
    }

  private:
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
