// `perennial import customers FILE.csv` and `perennial import balances FILE.csv`: files with one thing a
// row, through the same commands as the API. Both may be run again over the same file: a customer is known
// by its source_id, a balance by its key, so nothing is done twice, and an import that was killed is
// simply run again.
#pragma once
#include "app/app.hpp"

namespace perennial::app {

struct RowImportOptions {
    std::string file;
    std::string mapping_file;  ///< empty: the columns are named as they are known
    std::string errors_file;   ///< empty: FILE.errors.csv
    bool progress = true;
};

struct RowImportReport {
    std::int64_t rows = 0;
    std::int64_t done = 0;
    std::int64_t repeated = 0;  ///< balances that an earlier run has added
    std::int64_t refused = 0;
    std::int64_t points = 0;    ///< added now
    std::string errors_file;
};

/// Columns as of POST /v1/customers/importCSV; others become metadata.
Result<RowImportReport> import_customers(Engine&, projects::ProjectNumber, const RowImportOptions&);

/// Columns: customer (source id) or card (code), program (name or id; not needed when there is one), points,
/// expires_on (last usable day; empty = the program's rules), reason, key. Points come as additions with
/// their cause in the ledger; a customer who is no member yet becomes one. Without a key a row is known by
/// what it says, and by how often the file has said it before.
Result<RowImportReport> import_balances(Engine&, projects::ProjectNumber, const RowImportOptions&);

std::string to_text(const RowImportReport&);

}  // namespace perennial::app
