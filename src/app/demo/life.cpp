#include "app/demo/life.hpp"

#include <algorithm>

#include "app/demo/basket.hpp"
#include "app/demo/people_data.hpp"
#include "app/demo/points_guess.hpp"

namespace perennial::app::demo {
namespace {

// How often people come compared with their kind: twenty equal groups, from rarely to daily.
constexpr std::int64_t keenness_permille[]{110, 160, 210,  260,  310,  370,  430,  500,  570,  650,
                                           740, 840, 950, 1080, 1240, 1450, 1720, 2100, 2750, 4300};
constexpr std::int64_t web_hours[24]{6,  2,  0,  0,  0,  0,  8,  25, 45, 60,  60,  60,
                                     85, 70, 55, 50, 50, 55, 65, 85, 120, 140, 100, 40};

constexpr int first_weeks_days = 14;
constexpr int survey_pause_days = 90;

class Life {
  public:
    Life(const Calendar& calendar, std::uint64_t seed, const Newcomer& person, std::size_t customer,
         Plan& plan)
        : calendar_(calendar), seed_(seed), person_(person), kind_(archetype(person.kind)),
          store_(*plan.customers[customer].store), customer_(customer), plan_(plan),
          random_(seed, 2'000'000 + customer) {
        keenness_ = random_.one_of(std::span<const std::int64_t>(keenness_permille));
        favourite_ = draw_favourite(random_);
        redeems_ = random_.permille(780);
        language_ = static_cast<std::size_t>(
            std::ranges::find(languages, plan.customers[customer].language) - languages.begin());
        choose_goal();
    }

    std::optional<Timestamp> run() {
        join();
        int back_on = -1;
        bool gone = false;
        bool was_back = false;
        for (int day = person_.day + (first_order_ ? 1 : 0); day < calendar_.days(); ++day) {
            if (gone) {
                if (day != back_on) continue;
                gone = false;
                was_back = true;
            } else if (random_.ppm(kind_.leave_ppm)) {
                gone = true;
                if (!was_back && random_.permille(150))
                    back_on = day + static_cast<int>(random_.between(70, 210));
                continue;
            }
            if (random_.ppm(visit_ppm(day))) come(day);
        }
        return first_order_;
    }

  private:
    template <class What>
    bool push(Timestamp at, What what) {
        if (at > calendar_.now()) return false;
        plan_.actions.push_back({at, std::move(what)});
        return true;
    }

    void choose_goal() {
        std::vector<std::int64_t> weights;
        for (const WantedReward& wanted : kind_.rewards) weights.push_back(wanted.weight);
        goal_ = kind_.rewards[random_.pick(weights)].name;
    }

    void join() {
        push(person_.at, SignUp{customer_});
        const std::string_view through = plan_.customers[customer_].joined_through;
        if (through == "app") {
            install_app(person_.at + random_.between(30, 300) * second_ms);
        } else if (random_.permille(300)) {
            install_app(person_.at + random_.between(1, 20) * day_ms);
        }
        if (through == "till") {
            order_in_store(person_.day, person_.minute,
                           person_.at + random_.between(40, 200) * second_ms);
        } else if (through == "web" && random_.permille(820)) {
            order_on_the_web(person_.at + random_.between(2, 15) * minute_ms);
        }
    }

    void install_app(Timestamp at) {
        static constexpr std::int64_t shares[]{430, 570};
        const bool phone_is_ios = random_.pick(shares) == 0;
        push(at, CustomEvent{"app_installed",
                             customer_,
                             {{"platform", std::string(phone_is_ios ? "ios" : "android")}}});
    }

    std::int64_t visit_ppm(int day) const {
        const Date date = calendar_.date(day);
        const auto weekday = static_cast<std::size_t>(date.weekday());
        std::int64_t ppm = kind_.visit_ppm * keenness_ / 1000;
        ppm = ppm * kind_.weekday_permille[weekday] / 1000;
        ppm = ppm * kind_.month_permille[static_cast<std::size_t>(date.month - 1)] / 1000;
        // Rain, road works, a match on television: each store has its own good and bad days.
        const auto whim = mix(seed_ ^ (static_cast<std::uint64_t>(store_.number) << 32) ^
                              static_cast<std::uint64_t>(date.days_since_epoch()));
        ppm = ppm * static_cast<std::int64_t>(800 + whim % 401) / 1000;
        if (is_double_points_day(date)) ppm = ppm * 1280 / 1000;
        if (!first_order_ && day - person_.day < first_weeks_days) ppm *= 3;
        return std::min<std::int64_t>(ppm, 930'000);
    }

    void come(int day) {
        if (random_.permille(kind_.web_permille)) {
            const int hour = static_cast<int>(random_.pick(web_hours));
            const int minute = hour * 60 + static_cast<int>(random_.below(60));
            const Timestamp at =
                calendar_.at(store_, day, minute, static_cast<int>(random_.below(60)));
            if (at > person_.at) order_on_the_web(at);
            return;
        }
        const auto weekday = static_cast<std::size_t>(calendar_.date(day).weekday());
        const Hours hours = calendar_.hours(store_, day);
        // Scales down only: a busy store's extra trade comes with its strangers.
        if (hours.closed() || !random_.permille(store_.weekday_permille[weekday] * 1000 / 1360))
            return;
        const int minute = draw_minute(random_, kind_, hours);
        const Timestamp at =
            calendar_.at(store_, day, minute, static_cast<int>(random_.below(60)));
        if (at > person_.at) order_in_store(day, minute, at);
    }

    std::size_t place(Timestamp at, Order order) {
        plan_.orders.push_back(std::move(order));
        push(at, PlaceOrder{plan_.orders.size() - 1});
        if (!first_order_) first_order_ = at;
        return plan_.orders.size() - 1;
    }

    std::string_view draw_payment() {
        static constexpr std::string_view ways[]{"card", "phone", "cash"};
        static constexpr std::int64_t shares[]{520, 270, 210};
        return ways[random_.pick(shares)];
    }

    void order_in_store(int day, int minute, Timestamp at) {
        const Date date = calendar_.date(day);
        if (at <= calendar_.now()) {
            Order order{{}, customer_, &store_, true, draw_payment(),
                        draw_basket(random_, kind_.in_store, date, favourite_)};
            const std::size_t placed = place(at, std::move(order));
            paid(placed, at);
            maybe_answer_survey(day, at);
            maybe_redeem(day, at);
        }
        // Fewer strangers as the program grows.
        if (random_.permille(390 - 310 * day / calendar_.days())) serve_stranger(day, minute);
    }

    void serve_stranger(int day, int near_minute) {
        const Hours hours = calendar_.hours(store_, day);
        const auto minute = std::clamp(static_cast<int>(near_minute + random_.between(-75, 75)),
                                       hours.open, hours.close - 6);
        const Timestamp at =
            calendar_.at(store_, day, minute, static_cast<int>(random_.below(60)));
        const Favourite taste = draw_favourite(random_);
        Order order{{}, std::nullopt, &store_, true, draw_payment(),
                    draw_basket(random_, kind_.in_store, calendar_.date(day), taste)};
        if (at > calendar_.now()) return;
        plan_.orders.push_back(std::move(order));
        push(at, PlaceOrder{plan_.orders.size() - 1});
    }

    void order_on_the_web(Timestamp at) {
        if (at > calendar_.now()) return;
        enum : std::size_t { at_once, in_minutes, by_transfer, canceled, forgotten };
        static constexpr std::int64_t shares[]{530, 180, 210, 45, 35};
        const std::size_t way = random_.pick(shares);
        const bool transfer = way >= by_transfer;
        const int day = day_of(at);
        Order order{{}, customer_, nullptr, way == at_once, transfer ? "bank_transfer" : "card",
                    draw_basket(random_, kind_.on_the_web, calendar_.date(day), favourite_)};
        const std::size_t placed = place(at, std::move(order));
        if (way == at_once) return paid(placed, at);
        if (way == canceled || way == forgotten) {
            // The shop cancels after a week what nobody paid.
            const std::int64_t wait = way == canceled ? random_.between(2 * hour_ms, 4 * day_ms)
                                                      : 7 * day_ms + random_.below(hour_ms);
            push(at + wait, CancelOrder{placed});
            return;
        }
        maybe_pay_with_points(placed, day, at + random_.between(15, 50) * second_ms);
        const std::int64_t wait = way == in_minutes
                                      ? random_.between(60, 540) * second_ms
                                      : random_.between(20 * hour_ms, 3 * day_ms + 4 * hour_ms);
        if (push(at + wait, PayOrder{placed})) paid(placed, at + wait);
    }

    int day_of(Timestamp at) const {
        const std::int64_t since = at.ms - calendar_.at(store_, person_.day, 0, 0).ms;
        return std::min(person_.day + static_cast<int>(since / day_ms), calendar_.days() - 1);
    }

    int month_of(int day) const {
        const Date date = calendar_.date(day);
        return date.year * 12 + date.month;
    }

    void paid(std::size_t order, Timestamp at) {
        const int day = day_of(at);
        const std::int64_t euros = plan_.orders[order].amount().value / 100;
        const std::int64_t leaves = euros * multiplier_percent() / 100;
        guess_.earn(month_of(day), is_double_points_day(calendar_.date(day)) ? 2 * leaves : leaves);
        const auto& items = plan_.orders[order].items;
        const bool goods =
            std::ranges::any_of(items, [](const Item& i) { return is_goods(i.product->category); });
        if (goods) maybe_return(order, day, at);
        if (random_.permille(goods ? 85 : 8)) write_review(items.front(), at);
    }

    // Of the tier, as in program.json, had the year no end.
    std::int64_t multiplier_percent() const {
        return guess_.earned() >= 360 ? 150 : guess_.earned() >= 120 ? 125 : 100;
    }

    void maybe_return(std::size_t order, int day, Timestamp paid_at) {
        if (!random_.permille(is_gift_time(calendar_.date(day)) ? 34 : 22)) return;
        std::vector<std::size_t> lines;
        const auto& items = plan_.orders[order].items;
        for (std::size_t i = 0; i < items.size(); ++i)
            if (is_goods(items[i].product->category)) lines.push_back(i);
        const std::size_t line = random_.one_of(std::span<const std::size_t>(lines));
        const auto quantity = static_cast<int>(random_.between(1, items[line].quantity));
        ReturnItems what{order, {{line, quantity}}};
        for (const std::size_t other : lines)
            if (other != line && random_.permille(200))
                what.lines.push_back({other, items[other].quantity});
        std::ranges::sort(what.lines, {}, &ReturnedLine::line);
        int back = day + static_cast<int>(random_.between(2, 14));
        while (back < calendar_.days() && calendar_.hours(store_, back).closed()) ++back;
        if (back >= calendar_.days()) return;
        const Hours hours = calendar_.hours(store_, back);
        const auto minute = static_cast<int>(random_.between(hours.open + 60, hours.close - 30));
        const Timestamp at = calendar_.at(store_, back, minute, 30);
        if (at > paid_at) push(at, std::move(what));
    }

    void write_review(const Item& about, Timestamp at) {
        static constexpr std::int64_t stars[]{35, 55, 120, 290, 500};
        const auto given = static_cast<std::int64_t>(random_.pick(stars)) + 1;
        push(at + random_.between(5 * hour_ms, 6 * day_ms),
             CustomEvent{"review_written",
                         customer_,
                         {{"product", about.product->source_id},
                          {"stars", given},
                          {"text", std::string(draw_review(random_, language_, given))},
                          {"language", std::string(languages[language_])}}});
    }

    void maybe_answer_survey(int day, Timestamp at) {
        static constexpr std::int64_t scores[]{12, 6, 8, 10, 14, 30, 40, 105, 185, 260, 330};
        if (day - last_survey_day_ < survey_pause_days || !random_.permille(28)) return;
        last_survey_day_ = day;
        push(at + random_.between(20 * minute_ms, 30 * hour_ms),
             CustomEvent{"survey_completed",
                         customer_,
                         {{"survey", std::string("visit")},
                          {"store", std::string(store_.id)},
                          {"score", static_cast<std::int64_t>(random_.pick(scores))}}});
    }

    void maybe_redeem(int day, Timestamp at) {
        if (!redeems_) return;
        const std::int64_t price = price_of(goal_);
        const std::int64_t balance = guess_.balance(month_of(day));
        const Timestamp moment = at + random_.between(10, 35) * second_ms;
        if (balance >= price) {
            if (!random_.permille(balance >= 2 * price ? 780 : 480)) return;
            if (push(moment, RedeemReward{customer_, goal_, 0, {}})) guess_.spend(price);
            choose_goal();
        } else if (balance * 10 < price * 8 && random_.permille(2)) {
            push(moment, RedeemReward{customer_, goal_, 0, {}});
        }
    }

    void maybe_pay_with_points(std::size_t order, int day, Timestamp at) {
        const std::int64_t half_cents = plan_.orders[order].amount().value / 2;
        const std::int64_t balance = guess_.balance(month_of(day));
        const std::int64_t points = std::min(half_cents, balance) / 100 * 100;  // whole euros
        if (points < 100 || !redeems_ || !random_.permille(420)) return;
        if (push(at, RedeemReward{customer_, coin_reward, points, order})) guess_.spend(points);
    }

    const Calendar& calendar_;
    std::uint64_t seed_;
    const Newcomer& person_;
    const Archetype& kind_;
    const Store& store_;
    std::size_t customer_;
    Plan& plan_;
    Random random_;
    std::int64_t keenness_ = 1000;
    Favourite favourite_;
    bool redeems_ = false;
    std::size_t language_ = 0;
    std::string_view goal_;
    PointsGuess guess_;
    int last_survey_day_ = -survey_pause_days;
    std::optional<Timestamp> first_order_;
};

}  // namespace

std::optional<Timestamp> live(const Calendar& calendar, std::uint64_t seed, const Newcomer& person,
                              std::size_t customer, Plan& plan) {
    return Life(calendar, seed, person, customer, plan).run();
}

}  // namespace perennial::app::demo
