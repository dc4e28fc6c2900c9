// What the routes of all definitions share: finding, writing, answering and listing them.
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "modules/campaigns/document.hpp"
#include "modules/projects/requests.hpp"
#include "modules/projects/route.hpp"

namespace perennial::campaigns {

/// By camp_ id or name; null when there is none.
const projects::Definition* find_program(const projects::Snapshot&, std::string_view id_or_name);

/// "Cannot find earning_rule with id ern_x" with resource_id and resource_type.
std::unexpected<Error> refuse_unknown(std::string_view type, std::string_view id);

Result<const projects::Definition*> need_program(const projects::Snapshot&,
                                                 std::string_view id_or_name);
/// A definition by its written id; of `parent` when that is not nil.
Result<const projects::Definition*> need(const projects::Snapshot&, std::string_view kind,
                                         std::string_view prefix, std::string_view id,
                                         const RawId& parent = {});

/// A command that queries and writes definitions: in a transaction of its own.
projects::Command alone(std::function<Result<http::Response>(const projects::Context&)> run);

/// Saves a new definition. `place` of a program is that of its name; others take their program's.
projects::Definition create(const projects::Context&, std::string_view kind, Place place,
                            const RawId& parent, std::string name, json::object doc);
/// Saves a new version with this document.
projects::Definition change(const projects::Context&, const projects::Definition&,
                            std::string name, json::object doc);
void remove(const projects::Context&, const projects::Definition&);

using projects::read_body;
/// An object, for PUT; its mistakes are found when it is merged.
Result<json::object> read_object(const http::Request&);

/// The value of If-Match, which must be the definition's ETag when it was sent.
std::string if_match(const http::Request&);
Result<void> check_version(const std::string& if_match, const projects::Definition&);
/// With an ETag for optimistic locking.
http::Response answer(const projects::Definition&, const json::object& body);

/// The order of a list whose request names none.
enum class Unasked : std::uint8_t { newest_first, as_given };

/// The page that limit, page and order ask for. Refuses filters.
struct PageOf {
    std::vector<const projects::Definition*> items;
    std::size_t total = 0;
};
Result<PageOf> page_of(const http::Request&, std::vector<const projects::Definition*>,
                       Unasked = Unasked::newest_first);
http::Response answer_list(std::string_view data_ref, json::array items, std::size_t total);

}  // namespace perennial::campaigns
