// docs/CEL.md: each line `expression // → result` or `expression // ✗ mistake` of its blocks is run
// on the facts that the page shows; each fact it names and each function there is must be on the
// page.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <fstream>
#include <map>
#include <regex>
#include <sstream>

#include "cel/functions.hpp"
#include "cel/program.hpp"
#include "modules/earning/facts.hpp"

namespace perennial::earning {
namespace {

struct Example {
    std::string block;  // "", "condition", "formula"
    std::string expression;
    std::string expected;
    int line = 0;
};

struct Page {
    std::string text;
    json::object facts;
    std::vector<Example> examples;
};

std::string trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(' ');
    if (first == std::string_view::npos) return {};
    return std::string(text.substr(first, text.find_last_not_of(' ') - first + 1));
}

Page read_page() {
    Page page;
    std::ifstream file(PERENNIAL_SOURCE_DIR "/docs/CEL.md");
    std::string block;
    std::string facts;
    int number = 0;
    for (std::string line; std::getline(file, line); page.text += line + "\n") {
        ++number;
        if (line.starts_with("```")) {
            block = line.substr(3);
            continue;
        }
        if (block == "json facts") facts += line;
        if (!block.starts_with("cel") || line.empty()) continue;
        Example example{trimmed(block.substr(3)), "", "", number};
        const auto cut = line.rfind(" // ");
        if (cut == std::string::npos) {
            ADD_FAILURE() << "docs/CEL.md:" << number << ": no result: " << line;
            continue;
        }
        example.expression = trimmed(line.substr(0, cut));
        example.expected = trimmed(line.substr(cut + 4));
        page.examples.push_back(std::move(example));
    }
    page.facts = json::parse(facts).get_object();
    return page;
}

/// The page's facts as the engine sees them.
class Facts {
  public:
    explicit Facts(const json::object& from) {
        const json::object& c = from.at("customer").get_object();
        customer_.id = text(c, "id");
        customer_.source_id = text(c, "source_id");
        customer_.name = text(c, "name");
        customer_.email = text(c, "email");
        customer_.tier = text(c, "tier");
        customer_.points = number(c, "points");
        customer_.orders_count = number(c, "orders_count");
        customer_.orders_amount = number(c, "orders_amount");
        customer_.last_order_at = moment(c, "last_order_at");
        customer_.birthdate = text(c, "birthdate");
        customer_.country = text(c, "country");
        customer_.city = text(c, "city");
        customer_.metadata = c.at("metadata").get_object();
        customer_.created_at = moment(c, "created_at");
        const json::object& o = from.at("order").get_object();
        order_.id = text(o, "id");
        order_.source_id = text(o, "source_id");
        order_.status = text(o, "status");
        order_.amount = number(o, "amount");
        order_.discount_amount = number(o, "discount_amount");
        order_.total_amount = number(o, "total_amount");
        order_.metadata = o.at("metadata").get_object();
        order_.created_at = moment(o, "created_at");
        for (const json::value& line : o.at("items").get_array()) {
            const json::object& i = line.get_object();
            ItemFacts item;
            item.sku_source_id = text(i, "sku_source_id");
            item.name = text(i, "name");
            item.category = text(i, "category");
            item.quantity = number(i, "quantity");
            item.price = number(i, "price");
            item.amount = number(i, "amount");
            item.subtotal_amount = number(i, "subtotal_amount");
            item.metadata = i.at("metadata").get_object();
            order_.items.push_back(std::move(item));
        }
        const json::object& x = from.at("context").get_object();
        context_.now = moment(x, "now");
        context_.local_hour = number(x, "local_hour");
        context_.local_weekday = number(x, "local_weekday");
        context_.local_date = text(x, "local_date");
        context_.channel = text(x, "channel");
        slots_.resize(slot_count);
        slots_[slot_customer] = cel::Value::structure(&customer_, customer_type);
        slots_[slot_order] = cel::Value::structure(&order_, order_type);
        slots_[slot_context] = cel::Value::structure(&context_, context_type);
    }
    Facts(const Facts&) = delete;

    std::span<const cel::Value> slots() const { return slots_; }

  private:
    static std::string_view text(const json::object& of, std::string_view name) {
        return of.at(name).get_string();
    }
    static std::int64_t number(const json::object& of, std::string_view name) {
        return of.at(name).get_int64();
    }
    static Timestamp moment(const json::object& of, std::string_view name) {
        return *Timestamp::parse(text(of, name));
    }

    CustomerFacts customer_;
    OrderFacts order_;
    ContextFacts context_;
    std::vector<cel::Value> slots_;
};

std::string run(const Example& example, const Facts& facts) {
    cel::CompileOptions options;
    if (example.block == "condition") options.result = cel::ResultType::boolean;
    if (example.block == "formula") options.result = cel::ResultType::value;
    const auto program = cel::compile(order_environment(), example.expression, options);
    if (!program) {
        const cel::CompileError& error = program.error()[0];
        return fmt::format("✗ {}:{}: {}", error.position.line, error.position.column,
                           error.message);
    }
    cel::Arena arena;
    const cel::Value value = program->evaluate(facts.slots(), arena);
    if (!value.is_error()) return "→ " + to_text(value);
    const cel::Position at = program->locate(value.as_error().range.offset);
    return fmt::format("✗ {}:{}: {}", at.line, at.column, value.as_error().message);
}

TEST(CelPage, EveryExampleAnswersWhatItSays) {
    const Page page = read_page();
    const Facts facts(page.facts);
    EXPECT_GT(page.examples.size(), 80u);
    for (const Example& example : page.examples)
        EXPECT_EQ(run(example, facts), example.expected)
            << "docs/CEL.md:" << example.line << ": " << example.expression;
}

TEST(CelPage, NamesEveryFunction) {
    const Page page = read_page();
    for (const cel::Function& function : cel::functions())
        EXPECT_NE(page.text.find(std::string(function.name) + "("), std::string::npos)
            << function.name;
}

TEST(CelPage, EveryFactOfItsTableIsThere) {
    const Page page = read_page();
    const std::regex fact("`((customer|order|event|context)\\.[a-z_.\\[\\]0-9]+)`");
    int facts = 0;
    for (std::sregex_iterator found(page.text.begin(), page.text.end(), fact), end; found != end;
         ++found) {
        const std::string path = (*found)[1];
        const auto& environment =
            path.starts_with("event") ? event_environment() : order_environment();
        EXPECT_TRUE(cel::compile(environment, path)) << path;
        ++facts;
    }
    EXPECT_GT(facts, 30);
}

}  // namespace
}  // namespace perennial::earning
