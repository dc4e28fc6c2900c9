#include "modules/members/reminders.hpp"

#include <map>
#include <set>

namespace perennial::members {
namespace {

using Told = std::set<std::pair<Timestamp, int>>;

// Ten bytes each: the end in ms, the days; big endian.
constexpr std::size_t told_bytes = 10;

Told unpack(std::string_view bytes) {
    CHECK(bytes.size() % told_bytes == 0);
    Told out;
    auto number = [&](std::size_t at, std::size_t size) {
        std::uint64_t value = 0;
        for (const char c : bytes.substr(at, size))
            value = value << 8 | static_cast<std::uint8_t>(c);
        return static_cast<std::int64_t>(value);
    };
    for (std::size_t at = 0; at < bytes.size(); at += told_bytes)
        out.emplace(Timestamp{number(at, 8)}, static_cast<int>(number(at + 8, 2)));
    return out;
}

std::string pack(const Told& told) {
    std::string out;
    for (const auto& [end, days] : told) {
        for (int shift = 56; shift >= 0; shift -= 8)
            out += static_cast<char>(static_cast<std::uint64_t>(end.ms) >> shift & 0xFF);
        out += static_cast<char>(days >> 8 & 0xFF);
        out += static_cast<char>(days & 0xFF);
    }
    return out;
}

std::map<Timestamp, Points> ends_of(const ledger::Card& card, Timestamp now) {
    std::map<Timestamp, Points> out;
    for (const ledger::Lot& lot : card.lots)
        if (const auto end = card.end_of(lot);
            !lot.pending() && end && *end > now && *end != ledger::never_ends)
            out[*end] += lot.left;
    return out;
}

Timestamp told_from(Timestamp end, int days, const TimeZone& zone) {
    return zone.start_of(zone.local_date(end + -1).plus_days(-days));
}

}  // namespace

std::vector<Notice> due_notices(const ledger::Card& card, const Rulebook& book, Timestamp now) {
    std::vector<Notice> out;
    if (book.program.reminder_days.empty()) return out;
    const Told told = unpack(card.reminded);
    for (const auto& [end, points] : ends_of(card, now)) {
        // The most days first: the last one that was reached is the nearest.
        std::optional<int> nearest;
        for (const int days : book.program.reminder_days)
            if (told_from(end, days, book.zone) <= now) nearest = days;
        if (nearest && !told.contains({end, *nearest})) out.push_back({end, *nearest, points});
    }
    return out;
}

bool note_told(ledger::Card& card, const Rulebook& book, const std::vector<Notice>& notices,
               Timestamp now) {
    Told told = unpack(card.reminded);
    for (const Notice& notice : notices) told.emplace(notice.end, notice.days);
    std::erase_if(told, [&](const auto& one) { return one.first <= now; });
    std::optional<Timestamp> next;
    for (const auto& [end, points] : ends_of(card, now))
        for (const int days : book.program.reminder_days) {
            const Timestamp at = told_from(end, days, book.zone);
            // One that was reached and not told is due at once: new points with a near end.
            const bool due = at > now || !told.contains({end, days});
            const bool nearer_told = std::ranges::any_of(told, [&](const auto& one) {
                return one.first == end && one.second <= days;
            });
            if (due && !nearer_told && (!next || at < *next)) next = at;
        }
    std::string packed = pack(told);
    if (packed == card.reminded && next == card.remind_at) return false;
    card.reminded = std::move(packed);
    card.remind_at = next;
    return true;
}

}  // namespace perennial::members
