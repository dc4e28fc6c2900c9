// `perennial import orders FILE.csv --mapping M.json`: line-item CSV of any shop, placed as orders and
// returns in business-time order, through the same flows as the API.
#pragma once
#include <functional>
#include <ostream>

#include "app/app.hpp"
#include "modules/transfer/order_assembly.hpp"

namespace perennial::app {

struct ImportOptions {
    std::string file;
    std::string mapping_file;
    std::string errors_file;  ///< empty: FILE.errors.csv
    bool earns = true;
    bool progress = true;     ///< a bar on stderr, when that is a terminal
};

struct ImportReport {
    transfer::ImportSummary summary;
    std::int64_t resumed_at = 0;  ///< orders already there from an earlier run
    std::int64_t orders = 0;      ///< placed now
    std::int64_t returns = 0;
    std::int64_t refused = 0;     ///< by the flows, named in the errors file
    std::int64_t lines_unmatched = 0;  ///< returned lines without a purchase to match
    std::int64_t points_taken_back = 0;
    double seconds = 0;
    std::string errors_file;
};

/// Resumes after a kill: progress is kept with the file's fingerprint, and every order is known by its
/// source id, so nothing is done twice. Orders that the file has wrong are left out whole and named in
/// the errors file. Refuses: a wrong mapping (all mistakes), a missing file.
Result<ImportReport> import_orders(Engine&, projects::ProjectNumber, const ImportOptions&);

std::string to_text(const ImportReport&);

}  // namespace perennial::app
