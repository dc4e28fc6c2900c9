#include "modules/catalog/requests.hpp"

#include <boost/json.hpp>

namespace perennial::catalog {

std::unexpected<Error> unknown(std::string_view type, const std::string& id) {
    return std::unexpected(Error{&error::not_found,
                                 fmt::format("Cannot find {} with id {}", type, id),
                                 {},
                                 id,
                                 std::string(type)});
}

Result<ListQuery> read_list(const http::Request& request,
                            std::span<const std::string_view> refused) {
    static constexpr std::array<std::string_view, 1> orders{"created_at"};
    TRY(page, http::read_page(request.query, {.order = orders}));
    http::QueryReader reader(request.query);
    ListQuery list;
    list.limit = page.limit;
    list.offset = page.offset();
    list.descending = page.descending;
    if (auto from = reader.timestamp("start_date")) list.created_after = *from + -1;
    if (auto to = reader.timestamp("end_date")) list.created_before = *to + 1;
    for (const http::Parameter& parameter : request.query.all())
        if (std::ranges::find(refused, parameter.path.front()) != refused.end())
            reader.wrong(parameter.path.front(), "not_supported", "is no filter of this list");
    if (!reader.ok()) return reader.refuse();
    return list;
}

json::object list_json(std::string_view key, json::array rows, std::int64_t total) {
    json::object out;
    out["object"] = "list";
    out["data_ref"] = key;
    out[key] = std::move(rows);
    out["total"] = total;
    return out;
}

}  // namespace perennial::catalog
