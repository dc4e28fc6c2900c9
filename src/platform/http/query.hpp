// Query strings with the compatible API's bracket grammar (api.md 4.4). Both `[created_at][after]`
// and `created_at[after]` name the path {created_at, after}; `ids[]`, `ids[0]` and a repeated `ids`
// are all lists. Unknown parameters are nobody's mistake.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/time.hpp"

namespace perennial::http {

/// `%41` and, when asked, `+`. Nothing for a broken escape, NUL or what is not UTF-8.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space = false);
/// Everything but letters, digits and `-._~` escaped.
std::string percent_encode(std::string_view text);

struct Parameter {
    std::vector<std::string> path;  ///< "filters[status][$in][0]" -> filters, status, $in, 0
    std::string value;
};

/// One `filters[FIELD][conditions][$OP]` with its values in the order sent. What fields and
/// operators mean is the list's business.
struct FilterCondition {
    std::string field;
    std::string op;  ///< with its `$`
    std::vector<std::string> values;
};

struct Filters {
    bool any = false;  ///< junction: or
    std::vector<FilterCondition> conditions;
};

class Query {
  public:
    /// Refuses (invalid_query_params) broken escapes, text that is not UTF-8, and more than 1000
    /// parameters.
    static Result<Query> parse(std::string_view raw);

    bool empty() const { return parameters_.empty(); }
    const std::vector<Parameter>& all() const { return parameters_; }

    bool has(std::string_view name) const { return text(name).has_value(); }
    /// The value of the plain parameter `name`; the last, if sent twice.
    std::optional<std::string_view> text(std::string_view name) const;
    /// The value of `name[key]`, as in created_at[after].
    std::optional<std::string_view> text(std::string_view name, std::string_view key) const;
    /// `ids=a&ids=b`, `ids[]=a`, `ids[0]=a`, in the order sent.
    std::vector<std::string> list(std::string_view name) const;

    Result<Filters> filters() const;

  private:
    std::vector<Parameter> parameters_;
};

/// Reads typed parameters and collects every mistake with the pointer "?name". An empty value
/// counts as absent.
class QueryReader {
  public:
    explicit QueryReader(const Query& query) : query_(query) {}

    std::optional<std::string> text(std::string_view name, std::size_t max_bytes = 1024);
    std::optional<std::int64_t> integer(std::string_view name, std::int64_t min, std::int64_t max);
    std::optional<bool> boolean(std::string_view name);
    std::optional<Timestamp> timestamp(std::string_view name);
    /// `name[before]` or `name[after]`.
    std::optional<Timestamp> timestamp(std::string_view name, std::string_view key);
    /// The index into `of`.
    std::optional<std::size_t> choice(std::string_view name, std::span<const std::string_view> of);

    void require(std::string_view name);  ///< adds `required` when absent
    void wrong(std::string_view name, std::string_view key, std::string message);

    bool ok() const { return issues_.empty(); }
    const std::vector<FieldIssue>& issues() const { return issues_; }
    /// invalid_query_params with all issues.
    std::unexpected<Error> refuse() const;

  private:
    std::optional<std::string_view> present(std::string_view name) const;
    std::optional<Timestamp> read_timestamp(std::string shown, std::string_view value);

    const Query& query_;
    std::vector<FieldIssue> issues_;
};

/// What a list accepts: the names it sorts by, without the minus, and its default, with it.
struct ListRules {
    std::span<const std::string_view> order = {};
    std::string_view default_order = "-created_at";
    int limit_default = 10;
    int limit_max = 100;
};

struct Page {
    int limit = 10;
    int page = 1;
    std::string order_by;  ///< without the minus
    bool descending = false;

    std::int64_t offset() const { return std::int64_t{page - 1} * limit; }
};

/// limit, page and order. Refuses: invalid_query_params (all mistakes), page_over_limit (page >
/// 1000).
Result<Page> read_page(const Query&, const ListRules&);

}  // namespace perennial::http
