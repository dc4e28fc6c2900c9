// What was deleted without force: a campaign's name stays taken until its entry is deleted, too.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "modules/projects/model.hpp"
#include "platform/db/database.hpp"

namespace perennial::trash_bin {

struct EntryTag {
    static constexpr std::string_view prefix = "tbe_";
};
using EntryId = Id<EntryTag>;

struct Entry {
    EntryId id;
    std::string resource_type;  ///< campaign, product, sku
    std::string resource_id;
    std::string resource_name;
    std::optional<std::string> resource_parent = {};
    std::string app_id;  ///< the key that deleted it
    Timestamp created_at;
};

void save_entry(db::Tx&, projects::ProjectNumber, const Entry&);
bool remove_entry(db::Tx&, projects::ProjectNumber, const EntryId&);
/// True while something of that type and name lies in the bin.
bool holds_name(db::Tx&, projects::ProjectNumber, std::string_view resource_type,
                std::string_view resource_name);

/// One of the columns equals one of the words.
struct Filter {
    std::string field;
    std::vector<std::string> words;
};
struct Query {
    std::int64_t limit = 10;
    bool descending = true;
    std::optional<EntryId> after = {};
    std::vector<Filter> filters = {};
};
std::vector<Entry> list_entries(db::Tx&, projects::ProjectNumber, const Query&);

}  // namespace perennial::trash_bin
