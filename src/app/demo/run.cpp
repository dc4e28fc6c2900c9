#include "app/demo/run.hpp"

#include <fmt/format.h>

#include <semaphore>

#include "app/apply_program.hpp"
#include "app/demo/catalog_data.hpp"
#include "app/demo/metadata.hpp"
#include "app/demo/plan.hpp"
#include "app/demo/program_text.hpp"
#include "app/local_api.hpp"

namespace perennial::app::demo {
namespace {

using http::Method;

constexpr std::ptrdiff_t in_flight_max = 1024;

const ErrorCode demo_failed{"demo_failed", ErrorKind::internal, "The demo store was not loaded"};

std::string text(const json::value& value) { return json::serialize(value); }

json::object customer_body(const Plan& plan, const Customer& c) {
    json::object out{{"source_id", c.source_id}, {"name", c.name}};
    if (!c.email.empty()) out["email"] = c.email;
    if (!c.phone.empty()) out["phone"] = c.phone;
    if (c.birthdate) out["birthdate"] = c.birthdate->iso();
    out["address"] = json::object{{"line_1", c.address.line_1},
                                  {"city", c.address.city},
                                  {"postal_code", c.address.postal_code},
                                  {"country", c.address.country}};
    out["metadata"] = metadata_of(plan, c);
    return out;
}

json::object order_body(const Plan& plan, const Order& o) {
    json::object out{{"source_id", o.source_id}, {"status", o.paid_at_once ? "PAID" : "CREATED"}};
    if (o.customer) out["customer"] = json::object{{"source_id", plan.customers[*o.customer].source_id}};
    json::array items;
    for (std::size_t i = 0; i < o.items.size(); ++i) {
        const Item& item = o.items[i];
        json::object one{{"source_id", std::to_string(i + 1)},
                         {"quantity", item.quantity},
                         {"price", item.price.value}};
        one["product"] = json::object{{"source_id", item.product->source_id},
                                      {"name", item.product->name}};
        if (item.sku != nullptr)
            one["sku"] = json::object{{"source_id", item.sku->source_id}, {"sku", item.sku->name}};
        items.push_back(std::move(one));
    }
    out["items"] = std::move(items);
    out["metadata"] = metadata_of(o);
    return out;
}

class Loader {
  public:
    Loader(Engine& engine, projects::ProjectNumber project, const Plan& plan)
        : engine_(engine), api_(engine, project), plan_(plan) {}

    Result<Loaded> run() {
        const auto start = std::chrono::steady_clock::now();
        TRY_VOID(catalog());
        TRY(program, parse_json(program_text()));
        TRY(applied, apply_program(api_, program));
        campaign_ = applied.campaign_id;
        TRY_VOID(rewards());
        for (const Action& action : plan_.actions) {
            at_ = action.at;
            std::visit([this](const auto& what) { execute(what); }, action.what);
            ++loaded_.actions;
        }
        engine_.committer().drain();
        if (!failure_.empty()) return refuse(demo_failed, failure_);
        loaded_.seconds =
            std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
        return loaded_;
    }

  private:
    Result<void> must(Method method, std::string target, const json::object& body) {
        const http::Response response = api_.call(method, target, text(body), plan_.from);
        if (response.status >= 300)
            return refuse(demo_failed, fmt::format("{}: {}", target, response.body));
        return {};
    }

    Result<void> catalog() {
        for (const Product& product : products()) {
            TRY_VOID(must(Method::post, "/v1/products",
                          {{"source_id", product.source_id},
                           {"name", product.name},
                           {"price", product.price.value},
                           {"metadata", metadata_of(product)}}));
            for (const Sku& sku : product.skus)
                TRY_VOID(must(Method::post, "/v1/products/" + product.source_id + "/skus",
                              {{"source_id", sku.source_id},
                               {"sku", sku.name},
                               {"price", sku.price.value},
                               {"attributes", json::object{{"size", sku.size}}}}));
        }
        return {};
    }

    Result<void> rewards() {
        const http::Response response = api_.call(Method::get, "/v1/rewards?limit=100");
        TRY(list, parse_json(response.body));
        for (const json::value& reward : list.as_object().at("data").as_array())
            rewards_[std::string(reward.at("name").as_string())] =
                std::string(reward.at("id").as_string());
        return {};
    }

    // Queues a write; actions of one customer keep their order, as they share its lane.
    void send(Method method, std::string target, const json::object& body, bool may_be_refused,
              std::function<void(const http::Response&)> then = nullptr) {
        room_.acquire();
        api_.post(method, target, text(body), at_,
                  [this, may_be_refused, target,
                   then = std::move(then)](Engine::Outcome outcome) {
                      {
                          const std::lock_guard lock(mutex_);
                          if (outcome.response.status >= 300) {
                              ++loaded_.refused;
                              if (!may_be_refused && failure_.empty())
                                  failure_ = target + ": " + outcome.response.body;
                          } else if (then) {
                              then(outcome.response);
                          }
                      }
                      room_.release();
                  });
    }

    // What names an order or a card must come after it. One committer keeps the order by itself; with
    // several the lanes differ, so wait.
    void wait() {
        if (engine_.database().dialect() == db::Dialect::postgres) engine_.committer().drain();
    }

    void execute(const SignUp& what) {
        const Customer& customer = plan_.customers[what.customer];
        send(Method::post, "/v1/loyalties/" + campaign_ + "/members",
             {{"customer", customer_body(plan_, customer)}, {"channel", customer.joined_through}},
             false, [this, index = what.customer](const http::Response& response) {
                 if (auto body = parse_json(response.body))
                     cards_[index] = std::string(body->at("code").as_string());
             });
    }
    void execute(const PlaceOrder& what) {
        send(Method::post, "/v1/orders", order_body(plan_, plan_.orders[what.order]), false);
    }
    void execute(const PayOrder& what) { change(what.order, "PAID"); }
    void execute(const CancelOrder& what) { change(what.order, "CANCELED"); }
    void change(std::size_t order, std::string_view status) {
        json::object body{{"source_id", plan_.orders[order].source_id}, {"status", status}};
        if (plan_.orders[order].customer)
            body["customer"] = json::object{
                {"source_id", plan_.customers[*plan_.orders[order].customer].source_id}};
        send(Method::post, "/v1/orders", body, false);
    }
    void execute(const ReturnItems& what) {
        json::array items;
        for (const ReturnedLine& line : what.lines)
            items.push_back(json::object{{"source_id", std::to_string(line.line + 1)},
                                         {"quantity", line.quantity}});
        wait();
        send(Method::post, "/v1/orders/" + plan_.orders[what.order].source_id + "/returns",
             {{"items", items}}, false);
        wait();
    }
    void execute(const CustomEvent& what) {
        json::object body{{"event", what.name},
                          {"customer", json::object{{"source_id",
                                                     plan_.customers[what.customer].source_id}}},
                          {"metadata", metadata_of(what)}};
        send(Method::post, "/v1/events", body, false);
    }
    void execute(const RedeemReward& what) {
        wait();
        const std::string card = card_of(what.customer);
        json::object reward{{"id", rewards_.at(std::string(what.reward))}};
        if (what.points > 0) reward["points"] = what.points;
        json::object body{{"reward", reward}};
        if (what.order)
            body["order"] = json::object{{"source_id", plan_.orders[*what.order].source_id}};
        send(Method::post, "/v1/loyalties/members/" + card + "/redemption", body, true);
        wait();
    }

    std::string card_of(std::size_t customer) {
        for (int attempt = 0; attempt < 2; ++attempt) {
            {
                const std::lock_guard lock(mutex_);
                if (const auto found = cards_.find(customer); found != cards_.end())
                    return found->second;
            }
            engine_.committer().drain();
        }
        return "unknown";
    }

    Engine& engine_;
    LocalApi api_;
    const Plan& plan_;
    std::string campaign_;
    std::map<std::string, std::string> rewards_;
    std::unordered_map<std::size_t, std::string> cards_;
    Timestamp at_;
    std::counting_semaphore<in_flight_max> room_{in_flight_max};
    std::mutex mutex_;
    Loaded loaded_;
    std::string failure_;
};

}  // namespace

Result<Loaded> load(Engine& engine, projects::ProjectNumber project, std::uint64_t seed,
                    Timestamp now) {
    const Plan plan = make_plan(seed, now);
    auto loaded = Loader(engine, project, plan).run();
    if (loaded) engine.fire_timers(project);
    return loaded;
}

}  // namespace perennial::app::demo
