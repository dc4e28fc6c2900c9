#include "app/demo/customers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "app/demo/people_data.hpp"

namespace perennial::app::demo {
namespace {

constexpr int last_order_minutes = 5;  // before closing
constexpr int opening_weeks_days = 28;
constexpr int web_first_minute = 8 * 60;
constexpr int web_last_minute = 22 * 60 + 30;

std::size_t draw_store(Random& random, int day) {
    std::vector<std::int64_t> weights;
    for (const Store& store : stores()) {
        const int open_for = day - store.opens_on_day;
        std::int64_t weight = open_for < 0 ? 0 : store.trade;
        if (store.opens_on_day > 0 && open_for < opening_weeks_days) weight *= 3;
        weights.push_back(weight);
    }
    return random.pick(weights);
}

Kind draw_kind(Random& random, const Date& date) {
    std::vector<std::int64_t> weights;
    for (const Archetype& a : archetypes()) weights.push_back(a.share);
    if (is_gift_time(date)) weights[static_cast<std::size_t>(Kind::gift_buyer)] *= 3;
    return static_cast<Kind>(random.pick(weights));
}

std::string_view draw_joined_through(Random& random, Kind kind, bool open) {
    const std::int64_t on_the_web = archetype(kind).web_permille;
    if (random.permille(on_the_web)) return "web";
    return !open || random.permille(270) ? "app" : "till";
}

std::optional<Date> draw_birthdate(Random& random, Kind kind, const Date& today) {
    if (!random.permille(640)) return std::nullopt;
    const Archetype& a = archetype(kind);
    const int age = static_cast<int>(random.between(a.youngest, a.oldest));
    return today.plus_months(-12 * age).plus_days(-random.below(365));
}

Customer draw_customer(Random& random, const Store& store, Kind kind, const Date& today) {
    const std::size_t language = random.pick(store.language_permille);
    const Gender gender = random.permille(530) ? Gender::female : Gender::male;
    const PersonName name = draw_name(random, language, gender);
    Customer out;
    out.name = name.full();
    out.language = languages[language];
    out.store = &store;
    out.birthdate = draw_birthdate(random, kind, today);
    out.address.city = store.city;
    out.address.country = store.country;
    const StreetAddress street = draw_street(random, store.country);
    if (random.permille(520)) {
        out.address.line_1 = street.line_1;
        out.address.postal_code = street.postal_code;
    }
    if (random.permille(920)) {
        const std::string first = to_ascii(name.first);
        const std::string last = to_ascii(name.last);
        out.email = random.permille(650)   ? first + "." + last
                    : random.permille(500) ? first.substr(0, 1) + "." + last
                                           : last + "." + first;
        out.email_consent = random.permille(710);
    }
    return out;
}

// "ana.popescu", then "ana.popescu2": no two people share an address.
void give_addresses(Random& random, std::vector<Newcomer>& people) {
    std::unordered_set<std::string> taken;
    std::int64_t serial = 100;
    for (Newcomer& person : people) {
        Customer& customer = person.customer;
        const bool has_phone = random.permille(690);
        serial += random.between(3, 17);
        if (has_phone) customer.phone = phone_number(customer.address.country, serial);
        if (customer.email.empty()) continue;
        const std::string_view host = random.permille(700) ? "@example.com" : "@example.org";
        const std::string local = customer.email;
        std::string address = local + std::string(host);
        for (int n = 2; !taken.insert(address).second; ++n)
            address = fmt::format("{}{}{}", local, n, host);
        customer.email = address;
    }
}

// One in twelve was brought by somebody of the same store who joined not long before.
void draw_referrers(Random& random, std::vector<Newcomer>& people) {
    constexpr std::int64_t reach = 400;
    for (std::size_t i = 40; i < people.size(); ++i) {
        if (!random.permille(85)) continue;
        for (int attempt = 0; attempt < 12; ++attempt) {
            const auto back = static_cast<std::size_t>(
                random.between(1, std::min<std::int64_t>(reach, static_cast<std::int64_t>(i))));
            if (people[i - back].customer.store != people[i].customer.store) continue;
            people[i].customer.referred_by = i - back;
            break;
        }
    }
}

}  // namespace

int draw_minute(Random& random, const Archetype& of, Hours hours) {
    std::array<std::int64_t, 24> weights{};
    const int last = hours.close - last_order_minutes;
    std::int64_t total = 0;
    for (int hour = 0; hour < 24; ++hour) {
        const int open_minutes =
            std::min(hour * 60 + 60, last) - std::max(hour * 60, hours.open);
        if (open_minutes <= 0) continue;
        const auto at = static_cast<std::size_t>(hour);
        weights[at] = of.hours[at] * open_minutes;
        total += weights[at];
    }
    if (total == 0) return static_cast<int>(random.between(hours.open, last - 1));
    const int hour = static_cast<int>(random.pick(weights));
    return static_cast<int>(
        random.between(std::max(hour * 60, hours.open), std::min(hour * 60 + 60, last) - 1));
}

std::vector<Newcomer> draw_newcomers(const Calendar& calendar, std::uint64_t seed,
                                     std::size_t members) {
    std::vector<Newcomer> people;
    const std::vector<std::int64_t> curve = sign_up_curve(calendar, seed);
    const Date today = calendar.date(calendar.days() - 1);
    for (std::size_t i = 0; i < members; ++i) {
        Random random(seed, 1'000'000 + i);
        Newcomer person;
        person.day = static_cast<int>(random.pick(curve));
        const Store& store = stores()[draw_store(random, person.day)];
        person.kind = draw_kind(random, calendar.date(person.day));
        const Hours hours = calendar.hours(store, person.day);
        const std::string_view through =
            draw_joined_through(random, person.kind, !hours.closed());
        person.minute = through == "till"
                            ? draw_minute(random, archetype(person.kind), hours)
                            : static_cast<int>(random.between(web_first_minute, web_last_minute));
        const int second = static_cast<int>(random.below(60));
        person.at = calendar.at(store, person.day, person.minute, second);
        if (person.at > calendar.now()) continue;
        person.customer = draw_customer(random, store, person.kind, today);
        person.customer.joined_through = through;
        people.push_back(std::move(person));
    }
    std::ranges::stable_sort(people, {}, &Newcomer::at);
    Random random(seed, 2);
    give_addresses(random, people);
    draw_referrers(random, people);
    for (std::size_t i = 0; i < people.size(); ++i)
        people[i].customer.source_id = fmt::format("M-{}", 100'001 + i);
    return people;
}

}  // namespace perennial::app::demo
