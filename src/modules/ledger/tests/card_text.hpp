// Cards and postings as words in tables of tests:
//   lots     "#1 30 ends 2024-03-31, #2 50, #3 20 pends 2024-02-01 ends 2024-05-01, debt 5"
//   steps    "#3 -20, #1 -25, #4 +10, #3 active, new #5 40 ends 2024-06-30, debt +5"
// Dates are moments at midnight UTC. A lot was earned on day `number` of December 2023 unless it
// says `earned DATE`.
#pragma once
#include <fmt/format.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "modules/ledger/decide.hpp"

namespace perennial::test {

inline std::string trim(std::string_view text) {
    const auto from = text.find_first_not_of(' ');
    if (from == std::string_view::npos) return "";
    return std::string(text.substr(from, text.find_last_not_of(' ') + 1 - from));
}

inline std::vector<std::string> split(std::string_view text, char at) {
    std::vector<std::string> out;
    for (std::size_t from = 0;;) {
        const auto to = text.find(at, from);
        out.push_back(trim(text.substr(from, to - from)));
        if (to == std::string_view::npos) return out;
        from = to + 1;
    }
}

/// Rows of a table: cells between bars; empty lines and lines that begin with `--` are left out.
struct Row {
    int line = 0;
    std::vector<std::string> cells;
};
inline std::vector<Row> read_table(const std::string& file) {
    std::ifstream in(std::string(PERENNIAL_SOURCE_DIR) + "/src/modules/" + file);
    CHECK(in.good());
    std::vector<Row> out;
    std::string text;
    for (int line = 1; std::getline(in, text); ++line)
        if (!trim(text).empty() && !text.starts_with("--")) out.push_back({line, split(text, '|')});
    CHECK(!out.empty());
    return out;
}

inline Timestamp day(std::string_view date) {
    const auto time = Timestamp::parse(date);
    CHECK(time.has_value());
    return *time;
}
inline std::string day_text(Timestamp time) {
    const std::string iso = time.iso();
    return iso.ends_with("T00:00:00.000Z") ? iso.substr(0, 10) : iso;
}

inline ledger::Card card_from(std::string_view text) {
    ledger::Card card;
    card.id = ledger::CardId(*RawId::from_hex("00000000000000000000000000000001"));
    for (const std::string& part : split(text, ',')) {
        std::istringstream words(part);
        std::string word;
        words >> word;
        if (word.empty() || word == "none") continue;
        if (word == "debt") {
            words >> card.debt.value;
            continue;
        }
        if (word == "idle") {
            std::string until;
            std::string date;
            words >> until >> date;
            card.idle_until = day(date);
            continue;
        }
        ledger::Lot lot;
        lot.number = static_cast<std::uint32_t>(std::stoul(word.substr(1)));
        words >> lot.left.value;
        lot.earned_at = Timestamp{day("2023-12-01").ms + (lot.number - 1) * day_ms};
        std::string date;
        while (words >> word >> date) {
            if (word == "ends") lot.expires_at = day(date);
            if (word == "pends") lot.activates_at = day(date);
            if (word == "earned") lot.earned_at = day(date);
        }
        card.lots.push_back(lot);
        card.next_lot = std::max(card.next_lot, lot.number + 1);
        (lot.pending() ? card.pending : card.balance) += lot.left;
    }
    card.balance -= card.debt;
    card.credited = card.balance;
    return card;
}

inline std::string lots_text(const ledger::Card& card) {
    std::string out;
    auto add = [&](const std::string& part) { out += (out.empty() ? "" : ", ") + part; };
    for (const ledger::Lot& lot : card.lots) {
        std::string one = fmt::format("#{} {}", lot.number, lot.left.value);
        if (lot.activates_at) one += " pends " + day_text(*lot.activates_at);
        if (lot.expires_at) one += " ends " + day_text(*lot.expires_at);
        add(one);
    }
    if (!card.debt.is_zero()) add(fmt::format("debt {}", card.debt.value));
    if (card.idle_until) add("idle until " + day_text(*card.idle_until));
    return out.empty() ? "none" : out;
}

inline std::string steps_text(const ledger::Posting& posting) {
    using Op = ledger::LotChange::Op;
    std::string out;
    for (const ledger::LotChange& step : posting.lots) {
        if (!out.empty()) out += ", ";
        switch (step.op) {
            case Op::open:
                out += fmt::format("new #{} {}", step.lot, step.points.value);
                if (step.activates_at) out += " pends " + day_text(*step.activates_at);
                if (step.expires_at) out += " ends " + day_text(*step.expires_at);
                break;
            case Op::take: out += fmt::format("#{} -{}", step.lot, step.points.value); break;
            case Op::put: out += fmt::format("#{} +{}", step.lot, step.points.value); break;
            case Op::activate: out += fmt::format("#{} active", step.lot); break;
            case Op::debt: out += fmt::format("debt {:+}", step.points.value); break;
            case Op::idle: out += "idle until " + day_text(step.expires_at.value_or(Timestamp())); break;
        }
    }
    return out.empty() ? "none" : out;
}

}  // namespace perennial::test
