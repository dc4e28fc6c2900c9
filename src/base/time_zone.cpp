#include "base/time_zone.hpp"

#include <algorithm>
#include <fstream>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <sstream>
#include <string>

#include "base/time.hpp"

namespace perennial {
namespace {

constexpr std::int64_t day_s = 86400;
constexpr std::int64_t never = INT64_MAX;
// No zone lies further than 25 hours from UTC (RFC 9636).
constexpr std::int64_t offset_max_s = 26 * 3600;
// Years 0 to 10000; outside, a moment's year would leave int.
constexpr std::int64_t moment_max_s = 400'000'000'000;

int year_of(std::int64_t utc_s) {
    const std::int64_t within = std::clamp(utc_s, -moment_max_s, moment_max_s);
    return Date::from_days(within / day_s - (within % day_s < 0 ? 1 : 0)).year;
}

}  // namespace

/// One pass over the text of a rule; each reader says whether it found what it names.
class PosixParser {
  public:
    explicit PosixParser(std::string_view text) : rest_(text) {}

    std::optional<PosixRule> whole() {
        PosixRule rule;
        std::int32_t west = 0;
        if (!name() || !clock(24, west)) return std::nullopt;
        rule.standard_s_ = -west;
        if (rest_.empty()) return rule;
        rule.has_saving_ = true;
        rule.saving_s_ = rule.standard_s_ + 3600;
        if (!name()) return std::nullopt;
        if (!rest_.starts_with(',')) {
            if (!clock(24, west)) return std::nullopt;
            rule.saving_s_ = -west;
        }
        if (!day(rule.begin_) || !day(rule.end_) || !rest_.empty()) return std::nullopt;
        return rule;
    }

  private:
    bool take(char c) {
        if (!rest_.starts_with(c)) return false;
        rest_.remove_prefix(1);
        return true;
    }

    /// "EST" or "<+03>".
    bool name() {
        const bool quoted = take('<');
        std::size_t length = 0;
        const auto belongs = [&](char c) {
            const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
            return letter || (quoted && ((c >= '0' && c <= '9') || c == '+' || c == '-'));
        };
        while (length < rest_.size() && belongs(rest_[length])) ++length;
        rest_.remove_prefix(length);
        return length >= 3 && (!quoted || take('>'));
    }

    bool number(int max, int& out) {
        std::size_t length = 0;
        out = 0;
        while (length < rest_.size() && length < 3 && rest_[length] >= '0' && rest_[length] <= '9')
            out = out * 10 + (rest_[length++] - '0');
        rest_.remove_prefix(length);
        return length > 0 && out <= max;
    }

    /// [+-]hh[:mm[:ss]]
    bool clock(int hours_max, std::int32_t& out) {
        const bool negative = take('-');
        if (!negative) take('+');
        int hours = 0;
        int minutes = 0;
        int seconds = 0;
        if (!number(hours_max, hours)) return false;
        if (take(':') && !number(59, minutes)) return false;
        if (take(':') && !number(59, seconds)) return false;
        out = hours * 3600 + minutes * 60 + seconds;
        if (negative) out = -out;
        return true;
    }

    /// ",M3.2.0/2", ",J60", ",59/24"
    bool day(PosixRule::Day& out) {
        using enum PosixRule::Day::Kind;
        if (!take(',')) return false;
        if (take('M')) {
            out.kind = weekday;
            if (!number(12, out.month) || !take('.') || !number(5, out.week) || !take('.') ||
                !number(6, out.day) || out.month < 1 || out.week < 1)
                return false;
        } else if (take('J')) {
            out.kind = julian;
            if (!number(365, out.day) || out.day < 1) return false;
        } else {
            out.kind = julian_with_leap_day;
            if (!number(365, out.day)) return false;
        }
        return !take('/') || clock(167, out.second);
    }

    std::string_view rest_;
};

std::optional<PosixRule> PosixRule::parse(std::string_view text) {
    return PosixParser(text).whole();
}

std::int64_t PosixRule::day_of(const Day& day, int year) {
    const std::int64_t first = Date{year, 1, 1}.days_since_epoch();
    switch (day.kind) {
        case Day::Kind::julian: {
            // 1 to 365; the 29th of February has no number.
            const bool is_leap = Date{year, 2, 1}.end_of_month().day == 29;
            return first + day.day - 1 + (is_leap && day.day >= 60 ? 1 : 0);
        }
        case Day::Kind::julian_with_leap_day:
            return first + day.day;
        case Day::Kind::weekday:
            break;
    }
    const Date month_first{year, day.month, 1};
    const int to_weekday = (day.day - month_first.weekday() + 7) % 7;
    const int last = month_first.end_of_month().day;
    int of_month = 1 + to_weekday + (day.week - 1) * 7;
    while (of_month > last) of_month -= 7;
    return month_first.days_since_epoch() + of_month - 1;
}

/// In the order in which they take effect; where both fall on one moment, the end comes first.
void PosixRule::changes_of(int year, Change (&changes)[2]) const {
    const std::int64_t begin = day_of(begin_, year) * day_s + begin_.second - standard_s_;
    const std::int64_t end = day_of(end_, year) * day_s + end_.second - saving_s_;
    changes[0] = {end, false};
    changes[1] = {begin, true};
    if (begin < end) std::swap(changes[0], changes[1]);
}

std::int32_t PosixRule::offset_s(std::int64_t utc_s) const {
    if (!has_saving_) return standard_s_;
    const int year = year_of(utc_s);
    // A change may fall into the neighbouring year.
    Change latest{INT64_MIN, false};
    for (int y = year - 1; y <= year + 1; ++y) {
        Change changes[2];
        changes_of(y, changes);
        for (const Change& change : changes)
            if (change.utc_s <= utc_s && change.utc_s >= latest.utc_s) latest = change;
    }
    return latest.begins_saving ? saving_s_ : standard_s_;
}

std::int64_t PosixRule::next_change_s(std::int64_t utc_s) const {
    if (!has_saving_) return never;
    const int year = year_of(utc_s);
    std::int64_t next = never;
    for (int y = year - 1; y <= year + 1; ++y) {
        Change changes[2];
        changes_of(y, changes);
        for (const Change& change : changes)
            if (change.utc_s > utc_s) next = std::min(next, change.utc_s);
    }
    return next;
}

namespace {

/// Big-endian numbers of a TZif file.
class Bytes {
  public:
    explicit Bytes(std::string_view bytes) : rest_(bytes) {}

    bool skip(std::uint64_t count) {
        if (count > rest_.size()) return false;
        rest_.remove_prefix(static_cast<std::size_t>(count));
        return true;
    }
    /// Only after `has` said that they are there.
    std::uint64_t take(std::size_t width) {
        std::uint64_t number = 0;
        for (std::size_t i = 0; i < width; ++i)
            number = number << 8 | static_cast<unsigned char>(rest_[i]);
        rest_.remove_prefix(width);
        return number;
    }
    bool has(std::uint64_t count) const { return count <= rest_.size(); }
    std::string_view rest() const { return rest_; }

  private:
    std::string_view rest_;
};

struct Header {
    char version = 0;
    std::uint64_t universal = 0;
    std::uint64_t standard = 0;
    std::uint64_t leaps = 0;
    std::uint64_t changes = 0;
    std::uint64_t types = 0;
    std::uint64_t letters = 0;

    std::uint64_t body_bytes(std::uint64_t width) const {
        return changes * (width + 1) + types * 6 + letters + leaps * (width + 4) + standard +
               universal;
    }
};

std::optional<Header> read_header(Bytes& bytes) {
    if (!bytes.has(44) || !bytes.rest().starts_with("TZif")) return std::nullopt;
    Header header;
    header.version = bytes.rest()[4];
    bytes.skip(20);
    header.universal = bytes.take(4);
    header.standard = bytes.take(4);
    header.leaps = bytes.take(4);
    header.changes = bytes.take(4);
    header.types = bytes.take(4);
    header.letters = bytes.take(4);
    return header;
}

bool is_zone_name(std::string_view name) {
    if (name.empty() || name.size() > 64 || name.front() == '/' || name.find("..") != name.npos)
        return false;
    // Files of the same folder that are no zones, or count leap seconds.
    for (const std::string_view other : {"posix/", "right/", "posixrules", "localtime", "Factory"})
        if (name.starts_with(other)) return false;
    return std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '+' || c == '-' || c == '/';
    });
}

std::optional<ZoneRules> read_zone(std::string_view name) {
    std::ifstream file("/usr/share/zoneinfo/" + std::string(name), std::ios::binary);
    std::ostringstream bytes;
    if (!file || !(bytes << file.rdbuf())) return std::nullopt;
    return ZoneRules::read(bytes.view());
}

}  // namespace

std::optional<ZoneRules> ZoneRules::read(std::string_view tzif) {
    Bytes bytes(tzif);
    // The first block is for readers of 32 bit times.
    const auto old = read_header(bytes);
    if (!old || old->version < '2' || !bytes.skip(old->body_bytes(4))) return std::nullopt;
    const auto header = read_header(bytes);
    if (!header || header->types == 0 || header->leaps != 0 || !bytes.has(header->body_bytes(8)))
        return std::nullopt;

    ZoneRules rules;
    for (std::uint64_t i = 0; i < header->changes; ++i) {
        const auto moment = static_cast<std::int64_t>(bytes.take(8));
        if (!rules.changes_s_.empty() && moment <= rules.changes_s_.back()) return std::nullopt;
        rules.changes_s_.push_back(std::clamp(moment, -moment_max_s, moment_max_s));
    }
    std::vector<std::uint64_t> types;
    for (std::uint64_t i = 0; i < header->changes; ++i) types.push_back(bytes.take(1));
    std::vector<std::int32_t> offsets;
    for (std::uint64_t i = 0; i < header->types; ++i) {
        const auto offset = static_cast<std::int32_t>(static_cast<std::uint32_t>(bytes.take(4)));
        bytes.skip(2);
        if (offset <= -offset_max_s || offset >= offset_max_s) return std::nullopt;
        offsets.push_back(offset);
    }
    for (const std::uint64_t type : types) {
        if (type >= offsets.size()) return std::nullopt;
        rules.offsets_s_.push_back(offsets[static_cast<std::size_t>(type)]);
    }
    rules.first_offset_s_ = offsets[0];
    bytes.skip(header->letters + header->standard + header->universal);

    const std::string_view footer = bytes.rest();
    const std::size_t end = footer.find('\n', 1);
    if (!footer.starts_with('\n') || end == std::string_view::npos) return std::nullopt;
    const std::string_view rule = footer.substr(1, end - 1);
    if (rule.empty()) return rules;
    rules.after_ = PosixRule::parse(rule);
    if (!rules.after_) return std::nullopt;
    return rules;
}

const ZoneRules* ZoneRules::utc() {
    static const ZoneRules rules;
    return &rules;
}

const ZoneRules* ZoneRules::find(std::string_view name) {
    static std::shared_mutex mutex;
    static std::map<std::string, std::unique_ptr<const ZoneRules>, std::less<>> known;
    {
        const std::shared_lock lock(mutex);
        if (const auto found = known.find(name); found != known.end()) return found->second.get();
    }
    // A system without a zone database still has UTC.
    if (name == "UTC") return utc();
    if (!is_zone_name(name)) return nullptr;
    auto rules = read_zone(name);
    if (!rules) return nullptr;
    const std::unique_lock lock(mutex);
    return known
        .try_emplace(std::string(name), std::make_unique<const ZoneRules>(std::move(*rules)))
        .first->second.get();
}

std::int32_t ZoneRules::offset_s(std::int64_t utc_s) const {
    const auto next = std::ranges::upper_bound(changes_s_, utc_s);
    if (next == changes_s_.end() && after_) return after_->offset_s(utc_s);
    if (next == changes_s_.begin()) return first_offset_s_;
    return offsets_s_[static_cast<std::size_t>(next - changes_s_.begin()) - 1];
}

std::int64_t ZoneRules::next_change_s(std::int64_t utc_s) const {
    const auto next = std::ranges::upper_bound(changes_s_, utc_s);
    if (next != changes_s_.end()) return *next;
    return after_ ? after_->next_change_s(utc_s) : never;
}

std::int64_t ZoneRules::utc_ms(std::int64_t local_ms) const {
    const std::int64_t local_s = local_ms / 1000 - (local_ms % 1000 < 0 ? 1 : 0);
    std::int64_t begin = local_s - offset_max_s;
    while (true) {
        const std::int64_t offset = offset_s(begin);
        const std::int64_t utc_s = local_s - offset;
        // The stretch before this one ended on the wall before that time: it was skipped.
        if (utc_s < begin) return begin * 1000;
        const std::int64_t end = next_change_s(begin);
        if (utc_s < end) return local_ms - offset * 1000;
        begin = end;
    }
}

}  // namespace perennial
