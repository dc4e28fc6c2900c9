#include "app/demo/plan.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <boost/json/serialize.hpp>
#include <map>
#include <set>
#include <unordered_map>

#include "app/demo/calendar.hpp"
#include "app/demo/metadata.hpp"

namespace perennial::app::demo {
namespace {

Timestamp moment(std::string_view text) { return Timestamp::parse(text).value(); }

// A Friday in late autumn, 13:30 in Bucharest.
const Timestamp november = moment("2025-11-21T11:30:00Z");

class Fingerprint {
  public:
    void add(std::string_view text) {
        for (const char c : text) byte(static_cast<unsigned char>(c));
        byte(0);
    }
    void add(std::int64_t number) { add(std::to_string(number)); }
    void add(std::size_t number) { add(static_cast<std::int64_t>(number)); }
    std::string text() const { return fmt::format("{:016x}", hash_); }

  private:
    void byte(std::uint64_t b) { hash_ = (hash_ ^ b) * 0x100000001B3ULL; }  // FNV-1a
    std::uint64_t hash_ = 0xCBF29CE484222325ULL;
};

void add(Fingerprint& f, const Customer& c) {
    for (const std::string& text : {c.source_id, c.name, c.email, c.phone, c.address.line_1,
                                    c.address.city, c.address.postal_code, c.address.country})
        f.add(text);
    f.add(c.birthdate ? c.birthdate->iso() : "");
    f.add(c.language);
    f.add(c.store->id);
    f.add(c.joined_through);
    f.add(std::int64_t{c.email_consent});
    f.add(c.referred_by.value_or(0));
}

void add(Fingerprint& f, const Order& o) {
    f.add(o.source_id);
    f.add(o.customer.value_or(0));
    f.add(o.store == nullptr ? "" : o.store->id);
    f.add(std::int64_t{o.paid_at_once});
    f.add(o.payment);
    for (const Item& item : o.items) {
        f.add(item.product->source_id);
        f.add(item.sku == nullptr ? "" : item.sku->source_id);
        f.add(std::int64_t{item.quantity});
        f.add(item.price.value);
    }
}

struct AddAction {
    Fingerprint& f;

    void operator()(const SignUp& a) const { f.add(a.customer); }
    void operator()(const PlaceOrder& a) const { f.add(a.order); }
    void operator()(const PayOrder& a) const { f.add(a.order); }
    void operator()(const CancelOrder& a) const { f.add(a.order); }
    void operator()(const ReturnItems& a) const {
        f.add(a.order);
        for (const ReturnedLine& line : a.lines) {
            f.add(line.line);
            f.add(std::int64_t{line.quantity});
        }
    }
    void operator()(const CustomEvent& a) const {
        f.add(a.name);
        f.add(a.customer);
        f.add(boost::json::serialize(metadata_of(a)));
    }
    void operator()(const RedeemReward& a) const {
        f.add(a.reward);
        f.add(a.customer);
        f.add(a.points);
        f.add(a.order.value_or(0));
    }
};

std::string fingerprint(const Plan& plan) {
    Fingerprint f;
    for (const Customer& customer : plan.customers) add(f, customer);
    for (const Order& order : plan.orders) add(f, order);
    for (const Action& action : plan.actions) {
        f.add(action.at.ms);
        f.add(action.what.index());
        std::visit(AddAction{f}, action.what);
    }
    return f.text();
}

const Plan& november_plan() {
    static const Plan plan = make_plan(1, november);
    return plan;
}

template <class What, class Use>
void for_each(const Plan& plan, Use use) {
    for (const Action& action : plan.actions)
        if (const auto* what = std::get_if<What>(&action.what)) use(action.at, *what);
}

template <class What>
std::size_t count(const Plan& plan) {
    std::size_t n = 0;
    for_each<What>(plan, [&](Timestamp, const What&) { ++n; });
    return n;
}

// Refers only to what is there already, in the state that it needs.
struct Auditor {
    const Plan& plan;
    std::set<std::size_t> members = {};
    std::set<std::size_t> created = {};
    std::set<std::size_t> paid = {};
    std::set<std::size_t> canceled = {};
    std::map<std::pair<std::size_t, std::size_t>, int> returned = {};

    bool waits(std::size_t order) const {
        return created.contains(order) && !paid.contains(order) && !canceled.contains(order);
    }
    void operator()(const SignUp& a) {
        ASSERT_LT(a.customer, plan.customers.size());
        EXPECT_TRUE(members.insert(a.customer).second);
        const auto by = plan.customers[a.customer].referred_by;
        if (by) {
            EXPECT_TRUE(members.contains(*by));
        }
    }
    void operator()(const PlaceOrder& a) {
        ASSERT_LT(a.order, plan.orders.size());
        const Order& order = plan.orders[a.order];
        EXPECT_TRUE(created.insert(a.order).second);
        if (order.paid_at_once) paid.insert(a.order);
        if (order.customer) {
            EXPECT_TRUE(members.contains(*order.customer)) << order.source_id;
        }
    }
    void operator()(const PayOrder& a) {
        EXPECT_TRUE(waits(a.order));
        paid.insert(a.order);
    }
    void operator()(const CancelOrder& a) {
        EXPECT_TRUE(waits(a.order));
        canceled.insert(a.order);
    }
    void operator()(const ReturnItems& a) {
        EXPECT_TRUE(paid.contains(a.order));
        EXPECT_FALSE(a.lines.empty());
        for (const ReturnedLine& line : a.lines) {
            ASSERT_LT(line.line, plan.orders[a.order].items.size());
            const Item& item = plan.orders[a.order].items[line.line];
            EXPECT_TRUE(is_goods(item.product->category));
            EXPECT_GE(line.quantity, 1);
            int& back = returned[{a.order, line.line}];
            back += line.quantity;
            EXPECT_LE(back, item.quantity);
        }
    }
    void operator()(const CustomEvent& a) { EXPECT_TRUE(members.contains(a.customer)); }
    void operator()(const RedeemReward& a) {
        EXPECT_TRUE(members.contains(a.customer));
        EXPECT_EQ(a.order.has_value(), a.points > 0);
        if (!a.order) return;
        EXPECT_TRUE(waits(*a.order));
        EXPECT_EQ(plan.orders[*a.order].customer, a.customer);
        EXPECT_LE(a.points, plan.orders[*a.order].amount().value);
    }
};

// --- Same seed, same plan -----------------------------------------------------------------------

TEST(DemoPlan, IsTheSameForTheSameSeedAndMoment) {
    EXPECT_EQ(fingerprint(november_plan()), fingerprint(make_plan(1, november)));
}

// Golden: changes whenever the plan does, on purpose or not.
TEST(DemoPlan, KeepsItsFingerprint) {
    EXPECT_EQ(fingerprint(november_plan()), "a47e70997e42bbcd");
    EXPECT_EQ(fingerprint(make_plan(2, november, 500)), "ef317ab8e324528b");
    EXPECT_EQ(fingerprint(make_plan(1, moment("2026-07-04T05:40:00Z"), 500)), "1cfcfe4602ca7c92");
}

TEST(DemoPlan, DiffersByMoment) {
    const Plan later = make_plan(1, november + day_ms);
    EXPECT_NE(fingerprint(november_plan()), fingerprint(later));
    EXPECT_EQ(later.from.ms - november_plan().from.ms, day_ms);
}

// --- Order and references -----------------------------------------------------------------------

class EveryMoment : public testing::TestWithParam<std::string_view> {};

TEST_P(EveryMoment, IsSortedAndNeverAhead) {
    const Timestamp now = moment(GetParam());
    const Plan plan = make_plan(7, now, 1200);
    ASSERT_FALSE(plan.actions.empty());
    EXPECT_TRUE(std::ranges::is_sorted(plan.actions, {}, &Action::at));
    EXPECT_GE(plan.actions.front().at, plan.from);
    EXPECT_LE(plan.actions.back().at, now);
    EXPECT_LT(now.ms - plan.actions.back().at.ms, day_ms);
}

TEST_P(EveryMoment, RefersOnlyToWhatIsThere) {
    const Plan plan = make_plan(7, moment(GetParam()), 1200);
    Auditor auditor{plan};
    for (const Action& action : plan.actions) std::visit(auditor, action.what);
    EXPECT_EQ(auditor.members.size(), plan.customers.size());
    EXPECT_EQ(auditor.created.size(), plan.orders.size());
    EXPECT_FALSE(auditor.returned.empty());
    EXPECT_FALSE(auditor.canceled.empty());
}

TEST_P(EveryMoment, HasTheSameShape) {
    const Plan plan = make_plan(7, moment(GetParam()));
    EXPECT_NEAR(static_cast<double>(plan.customers.size()), 5000, 30);
    EXPECT_NEAR(static_cast<double>(plan.orders.size()), 46'000, 5'000);
    EXPECT_LT(plan.actions.size(), 70'000U);  // bounds the time of loading the demo
}

INSTANTIATE_TEST_SUITE_P(DemoPlan, EveryMoment,
                         testing::Values("2025-11-21T11:30:00Z",   // a working day
                                         "2026-01-01T21:59:59Z",   // shut everywhere
                                         "2024-12-24T16:00:00Z",   // the rush before Christmas
                                         "2026-03-29T02:30:00Z",   // the night of the clocks
                                         "2028-02-29T00:00:00Z",   // a leap day, all asleep
                                         "2025-08-31T06:15:00Z"),  // before the first coffee
                         [](const auto& of) {
                             std::string name(of.param);
                             std::erase_if(name, [](char c) { return c == '-' || c == ':'; });
                             return name;
                         });

TEST(DemoPlan, NamesAreUnique) {
    const Plan& plan = november_plan();
    std::set<std::string> ids;
    std::set<std::string> emails;
    std::set<std::string> phones;
    for (const Customer& c : plan.customers) {
        EXPECT_TRUE(ids.insert(c.source_id).second);
        if (!c.email.empty()) {
            EXPECT_TRUE(emails.insert(c.email).second) << c.email;
        }
        if (!c.phone.empty()) {
            EXPECT_TRUE(phones.insert(c.phone).second) << c.phone;
        }
    }
    for (const Order& o : plan.orders) EXPECT_TRUE(ids.insert(o.source_id).second) << o.source_id;
    EXPECT_EQ(plan.customers.front().source_id, "M-100001");
}

TEST(DemoPlan, TillsCountTheirOrders) {
    std::map<int, int> last;
    for (const Order& order : november_plan().orders) {
        const int till = order.store == nullptr ? 0 : order.store->number;
        const std::string number = fmt::format("{:06}", ++last[till]);
        EXPECT_EQ(order.source_id,
                  till == 0 ? "WEB-" + number : fmt::format("POS-{}-{}", till, number));
    }
    EXPECT_EQ(last.size(), stores().size() + 1);
}

TEST(DemoPlan, LinesAreWhatTheShelvesHold) {
    const Plan& plan = november_plan();
    for_each<PlaceOrder>(plan, [&](Timestamp at, const PlaceOrder& placed) {
        const Order& order = plan.orders[placed.order];
        const Date on = TimeZone::find(project_zone)->local_date(at);
        ASSERT_FALSE(order.items.empty());
        for (const Item& item : order.items) {
            const Product& p = *item.product;
            EXPECT_GE(item.quantity, 1);
            EXPECT_GT(p.popularity, 0) << p.source_id;
            EXPECT_EQ(item.sku == nullptr, p.skus.empty()) << p.source_id;
            EXPECT_EQ(item.price, item.sku == nullptr ? p.price : item.sku->price);
            if (order.store == nullptr) {
                EXPECT_TRUE(is_goods(p.category)) << p.source_id;
            }
            // A web order of Lisbon at midnight is already the next day in Bucharest.
            if (p.season) {
                EXPECT_TRUE(p.season->contains(on) || p.season->contains(on.plus_days(-1)))
                    << p.source_id << " " << on.iso();
            }
        }
    });
}

TEST(DemoPlan, TillsAreOpenOnlyInOpeningHours) {
    const Plan& plan = november_plan();
    const Calendar calendar(november);
    std::unordered_map<std::string_view, TimeZone> zones;
    for (const Store& store : stores()) zones.emplace(store.id, *TimeZone::find(store.zone));
    for_each<PlaceOrder>(plan, [&](Timestamp at, const PlaceOrder& placed) {
        const Order& order = plan.orders[placed.order];
        if (order.store == nullptr) return;
        const TimeZone& zone = zones.at(order.store->id);
        const Date on = zone.local_date(at);
        const auto day = static_cast<int>(on.days_since_epoch() -
                                          calendar.date(0).days_since_epoch());
        const Hours hours = calendar.hours(*order.store, day);
        const std::string wall = zone.local_iso(at);  // 2025-11-21T13:30:00
        const int minute = std::stoi(wall.substr(11, 2)) * 60 + std::stoi(wall.substr(14, 2));
        EXPECT_FALSE(hours.closed()) << order.source_id;
        EXPECT_GE(minute, hours.open) << order.source_id;
        EXPECT_LT(minute, hours.close) << order.source_id;
    });
}

// --- Looks like a chain of cafés ----------------------------------------------------------------

TEST(DemoPlan, SpeaksFiveLanguages) {
    std::map<std::string_view, int> members;
    for (const Customer& c : november_plan().customers) ++members[c.language];
    ASSERT_EQ(members.size(), 5U);
    for (const auto& [language, n] : members) EXPECT_GT(n, 400) << language;
}

TEST(DemoPlan, SomeOrdersAreAnonymous) {
    const Plan& plan = november_plan();
    const auto anonymous = std::ranges::count_if(
        plan.orders, [](const Order& o) { return !o.customer.has_value(); });
    const double share = static_cast<double>(anonymous) / static_cast<double>(plan.orders.size());
    EXPECT_GT(share, 0.12);
    EXPECT_LT(share, 0.19);
    for (const Order& o : plan.orders) EXPECT_TRUE(o.customer || o.store != nullptr);
}

TEST(DemoPlan, AFewSpendMuch) {
    const Plan& plan = november_plan();
    std::vector<std::int64_t> spent(plan.customers.size());
    std::vector<int> orders(plan.customers.size());
    for (const Order& order : plan.orders) {
        if (!order.customer) continue;
        spent[*order.customer] += order.amount().value;
        ++orders[*order.customer];
    }
    std::ranges::sort(spent, std::greater{});
    std::int64_t all = 0;
    std::int64_t top_tenth = 0;
    for (std::size_t i = 0; i < spent.size(); ++i) {
        all += spent[i];
        if (i < spent.size() / 10) top_tenth += spent[i];
    }
    EXPECT_GT(top_tenth * 10, all * 3);
    EXPECT_LT(top_tenth * 10, all * 7);
    const auto repeat = std::ranges::count_if(orders, [](int n) { return n >= 2; });
    EXPECT_GT(repeat * 10, std::ssize(orders) * 5);
    EXPECT_LT(repeat * 10, std::ssize(orders) * 8);
}

TEST(DemoPlan, HasWeeksAndMornings) {
    const Plan& plan = november_plan();
    std::array<int, 7> by_weekday{};
    std::array<int, 24> by_hour{};
    std::map<std::string_view, std::array<int, 7>> by_store;
    for_each<PlaceOrder>(plan, [&](Timestamp at, const PlaceOrder& placed) {
        const Order& order = plan.orders[placed.order];
        if (order.store == nullptr) return;
        const TimeZone zone = *TimeZone::find(order.store->zone);
        const auto weekday = static_cast<std::size_t>(zone.local_date(at).weekday());
        ++by_weekday[weekday];
        ++by_store[order.store->id][weekday];
        ++by_hour[static_cast<std::size_t>(zone.local_hour(at))];
    });
    for (const std::size_t weekday : {1U, 2U, 3U, 4U, 5U}) {
        EXPECT_GT(by_weekday[weekday], by_weekday[6]);
        EXPECT_GT(by_weekday[weekday], by_weekday[0]);
    }
    EXPECT_EQ(std::ranges::max_element(by_hour) - by_hour.begin(), 8);
    EXPECT_GT(by_hour[8], 2 * by_hour[15]);
    EXPECT_EQ(by_hour[3], 0);
    EXPECT_EQ(by_store["dublin-docklands"][0], 0);
    const auto& navigli = by_store["milan-navigli"];
    const auto& portici = by_store["bologna-portici"];
    EXPECT_GT(navigli[6] * portici[3], portici[6] * navigli[3]) << "Navigli lives at weekends";
}

TEST(DemoPlan, HasSeasons) {
    const Plan& plan = november_plan();
    std::map<std::string, int> iced;
    std::map<std::string, int> drinks;
    std::map<std::string, std::int64_t> gifts;
    for_each<PlaceOrder>(plan, [&](Timestamp at, const PlaceOrder& placed) {
        const std::string month = at.iso().substr(0, 7);
        for (const Item& item : plan.orders[placed.order].items) {
            if (item.product->category == Category::iced) iced[month] += item.quantity;
            if (item.product->category <= Category::tea) drinks[month] += item.quantity;
            if (item.product->category == Category::gifts) gifts[month] += item.quantity;
        }
    });
    EXPECT_GT(iced["2025-07"] * 10, drinks["2025-07"] * 4);
    EXPECT_LT(iced["2025-01"] * 10, drinks["2025-01"]);
    EXPECT_GT(gifts["2024-12"], 5 * gifts["2025-06"]);
}

TEST(DemoPlan, GrowsFromALaunch) {
    std::map<std::string, int> sign_ups;
    for_each<SignUp>(november_plan(),
                     [&](Timestamp at, const SignUp&) { ++sign_ups[at.iso().substr(0, 7)]; });
    EXPECT_GT(sign_ups["2024-06"], 2 * sign_ups["2024-08"]) << "launch";
    EXPECT_GT(sign_ups["2024-12"], sign_ups["2025-01"] * 5 / 4) << "Christmas";
    for (const auto& [month, n] : sign_ups) EXPECT_GT(n, 50) << month;
}

TEST(DemoPlan, TakesBackAboutTwoInAHundredGoods) {
    const Plan& plan = november_plan();
    const auto goods = std::ranges::count_if(plan.orders, [](const Order& o) {
        return std::ranges::any_of(o.items,
                                   [](const Item& i) { return is_goods(i.product->category); });
    });
    const double share = static_cast<double>(count<ReturnItems>(plan)) / static_cast<double>(goods);
    EXPECT_GT(share, 0.012);
    EXPECT_LT(share, 0.03);
}

TEST(DemoPlan, LeavesWebOrdersUnpaidInTheLastDays) {
    const Plan& plan = november_plan();
    std::map<std::size_t, Timestamp> waiting;
    for (const Action& action : plan.actions) {
        if (const auto* a = std::get_if<PlaceOrder>(&action.what))
            if (!plan.orders[a->order].paid_at_once) waiting.emplace(a->order, action.at);
        if (const auto* a = std::get_if<PayOrder>(&action.what)) waiting.erase(a->order);
        if (const auto* a = std::get_if<CancelOrder>(&action.what)) waiting.erase(a->order);
    }
    EXPECT_GE(waiting.size(), 2U);
    EXPECT_LT(waiting.size(), 60U);
    for (const auto& [order, at] : waiting) EXPECT_LT(november.ms - at.ms, 8 * day_ms);
}

// Who came in this month a year ago and never asked for a reward holds leaves that expire at the
// end of it.
TEST(DemoPlan, LeavesPointsThatExpireThisMonth) {
    const Plan& plan = november_plan();
    std::map<std::size_t, std::int64_t> cents_of_last_november;
    std::set<std::size_t> redeemed;
    for (const Action& action : plan.actions) {
        if (const auto* a = std::get_if<RedeemReward>(&action.what)) redeemed.insert(a->customer);
        const auto* a = std::get_if<PlaceOrder>(&action.what);
        if (a == nullptr || !action.at.iso().starts_with("2024-11")) continue;
        const Order& order = plan.orders[a->order];
        if (order.customer) cents_of_last_november[*order.customer] += order.amount().value;
    }
    const auto expiring = std::ranges::count_if(cents_of_last_november, [&](const auto& one) {
        return one.second >= 500 && !redeemed.contains(one.first);
    });
    EXPECT_GT(expiring, 100);
}

TEST(DemoPlan, IsBusyThisMorning) {
    const Plan& plan = november_plan();
    const Timestamp midnight = TimeZone::find(project_zone)->start_of({2025, 11, 21});
    int today = 0;
    int last_hour = 0;
    for_each<PlaceOrder>(plan, [&](Timestamp at, const PlaceOrder&) {
        today += at >= midnight;
        last_hour += november.ms - at.ms < hour_ms;
    });
    EXPECT_GT(today, 30);
    EXPECT_GT(last_hour, 2);
}

TEST(DemoPlan, TellsOfEveryKindOfEvent) {
    std::map<std::string_view, int> events;
    std::set<std::string> review_languages;
    for_each<CustomEvent>(november_plan(), [&](Timestamp, const CustomEvent& e) {
        ++events[e.name];
        if (e.name == "review_written")
            review_languages.emplace(metadata_of(e).at("language").as_string());
    });
    EXPECT_EQ(events.size(), 4U);
    for (const auto& [name, n] : events) EXPECT_GT(n, 200) << name;
    EXPECT_EQ(review_languages.size(), 5U);
}

TEST(DemoPlan, RefusesMoreMembersThanItHasPhoneNumbersFor) {
    EXPECT_THROW(make_plan(1, november, 9001), InvariantBroken);
    EXPECT_NO_THROW(make_plan(1, november, 9000));
    EXPECT_TRUE(make_plan(1, november, 0).actions.empty());
}

}  // namespace
}  // namespace perennial::app::demo
