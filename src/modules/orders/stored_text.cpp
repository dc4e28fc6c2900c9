// Items and decisions as text. They are written and read in every batch, so without a tree between.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>

#include "modules/orders/model.hpp"

namespace perennial::orders {
namespace {

class Writer {
  public:
    void begin(char bracket) { text_ += bracket, is_first_ = true; }
    void end(char bracket) { text_ += bracket, is_first_ = false; }
    void key(std::string_view name) {
        separate();
        text_ += '"';
        text_ += name;
        text_ += "\":";
    }
    void item() { separate(); }
    void item(std::int64_t value) {
        separate();
        fmt::format_to(std::back_inserter(text_), "{}", value);
    }
    /// One object each; nothing for an empty list.
    template <class List, class Body>
    void list(std::string_view name, const List& values, Body body) {
        if (values.empty()) return;
        key(name);
        begin('[');
        for (const auto& value : values) {
            item();
            begin('{');
            body(value);
            end('}');
        }
        end(']');
    }
    void put(std::string_view name, std::string_view value) {
        if (value.empty()) return;
        key(name);
        append(value);
    }
    void put(std::string_view name, std::int64_t value) {
        key(name);
        fmt::format_to(std::back_inserter(text_), "{}", value);
    }
    void put(std::string_view name, const json::object& value) {
        if (value.empty()) return;
        key(name);
        text_ += to_text(value);
    }
    void append(std::string_view value) {
        const auto is_special = [](char c) {
            return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\';
        };
        if (std::ranges::any_of(value, is_special)) {
            text_ += json::serialize(json::string(value));
            return;
        }
        text_ += '"';
        text_ += value;
        text_ += '"';
    }
    std::string take() { return std::move(text_); }

  private:
    void separate() {
        if (!is_first_) text_ += ',';
        is_first_ = false;
    }
    std::string text_;
    bool is_first_ = true;
};

// How long the text of an item and of an award is at least: so many have room at once.
constexpr std::size_t item_text_min = 60;
constexpr std::size_t award_text_min = 120;

// A short key as a number, to be told apart at once; 0 for one that is longer than any of ours.
constexpr std::uint64_t number_of(std::string_view key) {
    std::uint64_t out = 0;
    if (key.size() > sizeof out) return out;
    for (const char c : key) out = (out << 8) | static_cast<unsigned char>(c);
    return out;
}
consteval std::uint64_t operator""_key(const char* text, std::size_t size) {
    return number_of({text, size});
}

// Reads what Writer wrote, or any other compact or spaced JSON, straight from the text.
class Reader {
  public:
    explicit Reader(std::string_view text) : text_(text) {}

    void need(char c) {
        skip();
        CHECK(at_ < text_.size() && text_[at_] == c);
        ++at_;
    }
    bool take(char c) {
        skip();
        if (at_ >= text_.size() || text_[at_] != c) return false;
        ++at_;
        return true;
    }
    template <class Each>
    void object(Each each) {
        need('{');
        if (take('}')) return;
        do {
            const std::string_view key = word();
            need(':');
            each(key);
        } while (take(','));
        need('}');
    }
    template <class Each>
    void array(Each each) {
        need('[');
        if (take(']')) return;
        do each();
        while (take(','));
        need(']');
    }
    /// A text without escapes, as keys and ids are.
    std::string_view word() {
        need('"');
        const std::size_t from = at_;
        while (at_ < text_.size() && text_[at_] != '"') {
            CHECK(text_[at_] != '\\');
            ++at_;
        }
        CHECK(at_ < text_.size());
        return text_.substr(from, at_++ - from);
    }
    std::string text() {
        const std::string_view whole = value();
        CHECK(whole.size() >= 2 && whole.front() == '"');
        const std::string_view inside = whole.substr(1, whole.size() - 2);
        if (inside.find('\\') == std::string_view::npos) return std::string(inside);
        return std::string(json::parse(json::string_view(whole)).as_string());
    }
    std::int64_t integer() {
        skip();
        std::int64_t out = 0;
        const auto [end, failed] =
            std::from_chars(text_.data() + at_, text_.data() + text_.size(), out);
        CHECK(failed == std::errc());
        at_ = static_cast<std::size_t>(end - text_.data());
        return out;
    }
    RawId id() {
        need('"');
        if (at_ + 32 < text_.size() && text_[at_ + 32] == '"') {
            at_ += 33;
            return RawId::from_hex(text_.substr(at_ - 33, 32)).value_or(RawId{});
        }
        CHECK(take('"'));
        return {};
    }
    json::value tree() { return json::parse(json::string_view(value())); }
    /// The text of the next value, whatever it is.
    std::string_view value() {
        skip();
        const std::size_t from = at_;
        int depth = 0;
        bool in_text = false;
        for (; at_ < text_.size(); ++at_) {
            const char c = text_[at_];
            if (in_text) {
                if (c == '\\') ++at_;
                else if (c == '"') in_text = false;
                else continue;
                if (!in_text && depth == 0) return text_.substr(from, ++at_ - from);
                continue;
            }
            if (c == '"') in_text = true;
            else if (c == '{' || c == '[') ++depth;
            else if (c == '}' || c == ']') {
                if (depth == 0) break;
                if (--depth == 0) return text_.substr(from, ++at_ - from);
            } else if (c == ',' && depth == 0) break;
        }
        return text_.substr(from, at_ - from);
    }

  private:
    void skip() {
        while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' ||
                                      text_[at_] == '\t' || text_[at_] == '\r'))
            ++at_;
    }
    std::string_view text_;
    std::size_t at_ = 0;
};

}  // namespace

std::string items_text(const std::vector<Item>& items) {
    Writer out;
    out.begin('[');
    for (const Item& item : items) {
        out.item();
        out.begin('{');
        out.put("id", item.id.hex());
        out.put("s", item.source_id);
        out.put("p", item.product_id);
        out.put("k", item.sku_id);
        out.put("ps", item.product_source_id);
        out.put("ks", item.sku_source_id);
        out.put("n", item.name);
        out.put("q", item.quantity);
        if (item.returned_quantity != 0) out.put("r", item.returned_quantity);
        out.put("c", item.price.value);
        out.put("a", item.amount.value);
        if (!item.discount_amount.is_zero()) out.put("d", item.discount_amount.value);
        out.put("product", item.product);
        out.put("sku", item.sku);
        out.put("m", item.metadata);
        if (!item.collections.empty()) {
            out.key("pc");
            out.begin('[');
            for (const std::string& collection : item.collections) out.item(), out.append(collection);
            out.end(']');
        }
        if (item.type != LineType::goods) out.put("t", static_cast<std::int64_t>(item.type));
        if (item.line != 0) out.put("l", item.line);
        out.end('}');
    }
    out.end(']');
    return out.take();
}

std::vector<Item> items_from_text(std::string_view stored) {
    std::vector<Item> out;
    Reader in(stored);
    out.reserve(stored.size() / item_text_min + 1);
    in.array([&] {
        Item& item = out.emplace_back();
        in.object([&](std::string_view key) {
            switch (number_of(key)) {
                case "id"_key: item.id = ItemId(in.id()); break;
                case "s"_key: item.source_id = in.text(); break;
                case "p"_key: item.product_id = in.text(); break;
                case "k"_key: item.sku_id = in.text(); break;
                case "ps"_key: item.product_source_id = in.text(); break;
                case "ks"_key: item.sku_source_id = in.text(); break;
                case "n"_key: item.name = in.text(); break;
                case "q"_key: item.quantity = in.integer(); break;
                case "r"_key: item.returned_quantity = in.integer(); break;
                case "c"_key: item.price = Money(in.integer()); break;
                case "a"_key: item.amount = Money(in.integer()); break;
                case "d"_key: item.discount_amount = Money(in.integer()); break;
                case "product"_key: item.product = in.tree().as_object(); break;
                case "sku"_key: item.sku = in.tree().as_object(); break;
                case "m"_key: item.metadata = in.tree().as_object(); break;
                case "t"_key: item.type = static_cast<LineType>(in.integer()); break;
                case "l"_key: item.line = in.integer(); break;
                case "pc"_key: in.array([&] { item.collections.push_back(in.text()); }); break;
                default: in.value();
            }
        });
    });
    return out;
}

std::string decision_text(const Decision& decision) {
    Writer out;
    const auto numbers = [&](const std::vector<std::int64_t>& list) {
        if (list.empty()) return;
        out.key("returned");
        out.begin('[');
        for (const std::int64_t one : list) out.item(one);
        out.end(']');
    };
    out.begin('{');
    out.put("v", decision.definitions);
    out.put("e", decision.engine);
    out.put("at", decision.at.ms);
    numbers(decision.returned);
    out.list("claims", decision.claims, [&](const Decision::Claim& claim) {
        out.put("program", claim.program.hex());
        out.put("v", claim.definitions);
        out.put("e", claim.engine);
        out.put("at", claim.at.ms);
        out.put("claimed", claim.claimed_at.ms);
        numbers(claim.returned);
    });
    out.put("facts", decision.facts);
    const Award* before = nullptr;
    out.list("awards", decision.awards, [&](const Award& award) {
        // Left out where it is as in the award before: most orders have one card.
        if (before == nullptr || award.card != before->card) out.put("card", award.card.hex());
        if (before == nullptr || award.program != before->program)
            out.put("program", award.program.hex());
        out.put("rule", award.rule.hex());
        out.put("lot", award.lot);
        out.put("points", award.points.value);
        if (!award.taken_back.is_zero()) out.put("back", award.taken_back.value);
        if (!award.taken_expired.is_zero()) out.put("expired", award.taken_expired.value);
        if (!award.taken_by_hand.is_zero()) out.put("by_hand", award.taken_by_hand.value);
        out.put("entry", award.entry.hex());
        if (award.expires_at) out.put("until", award.expires_at->ms);
        out.list("before", award.before, [&](const Award::Place& place) {
            out.put("card", place.card.hex());
            out.put("lot", place.lot);
        });
        before = &award;
    });
    out.list("cuts", decision.cuts, [&](const Cut& cut) {
        out.put("program", cut.program.hex());
        out.put("rule", cut.rule.hex());
        out.put("wanted", cut.wanted.value);
        out.put("given", cut.given.value);
        out.put("limit", cut.limit);
    });
    out.end('}');
    return out.take();
}

Decision decision_from_text(std::string_view stored) {
    Decision out;
    Reader in(stored);
    const auto numbers = [&](std::vector<std::int64_t>& to) {
        in.array([&] { to.push_back(in.integer()); });
    };
    const auto read_claim = [&] {
        Decision::Claim& claim = out.claims.emplace_back();
        in.object([&](std::string_view key) {
            switch (number_of(key)) {
                case "program"_key: claim.program = in.id(); break;
                case "v"_key: claim.definitions = in.integer(); break;
                case "e"_key: claim.engine = static_cast<int>(in.integer()); break;
                case "at"_key: claim.at = {in.integer()}; break;
                case "claimed"_key: claim.claimed_at = {in.integer()}; break;
                case "returned"_key: numbers(claim.returned); break;
                default: in.value();
            }
        });
    };
    const auto read_place = [&](Award::Place& place) {
        in.object([&](std::string_view key) {
            switch (number_of(key)) {
                case "card"_key: place.card = in.id(); break;
                case "lot"_key: place.lot = static_cast<std::uint32_t>(in.integer()); break;
                default: in.value();
            }
        });
    };
    const auto read_award = [&] {
        Award& award = out.awards.emplace_back();
        if (out.awards.size() > 1) {
            const Award& before = out.awards[out.awards.size() - 2];
            award.card = before.card;
            award.program = before.program;
        }
        in.object([&](std::string_view key) {
            switch (number_of(key)) {
                case "card"_key: award.card = in.id(); break;
                case "program"_key: award.program = in.id(); break;
                case "rule"_key: award.rule = in.id(); break;
                case "lot"_key: award.lot = static_cast<std::uint32_t>(in.integer()); break;
                case "points"_key: award.points = Points(in.integer()); break;
                case "back"_key: award.taken_back = Points(in.integer()); break;
                case "expired"_key: award.taken_expired = Points(in.integer()); break;
                case "by_hand"_key: award.taken_by_hand = Points(in.integer()); break;
                case "entry"_key: award.entry = in.id(); break;
                case "until"_key: award.expires_at = Timestamp{in.integer()}; break;
                case "before"_key: in.array([&] { read_place(award.before.emplace_back()); }); break;
                default: in.value();
            }
        });
    };
    const auto read_cut = [&] {
        Cut& cut = out.cuts.emplace_back();
        in.object([&](std::string_view key) {
            switch (number_of(key)) {
                case "program"_key: cut.program = in.id(); break;
                case "rule"_key: cut.rule = in.id(); break;
                case "wanted"_key: cut.wanted = Points(in.integer()); break;
                case "given"_key: cut.given = Points(in.integer()); break;
                case "limit"_key: cut.limit = in.text(); break;
                default: in.value();
            }
        });
    };
    in.object([&](std::string_view part) {
        switch (number_of(part)) {
            case "v"_key: out.definitions = in.integer(); break;
            case "e"_key: out.engine = static_cast<int>(in.integer()); break;
            case "at"_key: out.at = {in.integer()}; break;
            case "returned"_key: numbers(out.returned); break;
            case "facts"_key: out.facts = in.tree().as_object(); break;
            case "claims"_key: in.array(read_claim); break;
            case "awards"_key:
                out.awards.reserve(stored.size() / award_text_min + 1);
                in.array(read_award);
                break;
            case "cuts"_key: in.array(read_cut); break;
            default: in.value();
        }
    });
    return out;
}

}  // namespace perennial::orders
