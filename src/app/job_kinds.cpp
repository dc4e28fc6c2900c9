#include "app/job_kinds.hpp"

#include "app/backfill_job.hpp"
#include "app/backtest_job.hpp"
#include "app/export_jobs.hpp"
#include "app/flows/bulk_routes.hpp"
#include "app/retier_job.hpp"
#include "app/row_jobs.hpp"
#include "modules/catalog/commands.hpp"
#include "modules/customers/commands.hpp"

namespace perennial::app {

std::vector<jobs::Kind> job_kinds(Engine& engine, const config::Settings&) {
    std::vector<jobs::Kind> kinds;
    kinds.push_back(row_jobs(engine, std::string(flows::customer_rows), customers::upsert_row));
    kinds.push_back(row_jobs(engine, std::string(flows::product_rows), catalog::upsert_product_row));
    kinds.push_back(row_jobs(engine, std::string(flows::sku_rows), catalog::upsert_sku_row));
    kinds.push_back(row_jobs(engine, std::string(flows::order_rows), flows::import_order_row));
    kinds.push_back(retier_job(engine));
    kinds.push_back(backtest_job(engine));
    kinds.push_back(export_jobs(engine));
    kinds.push_back(backfill_job(engine));
    return kinds;
}

}  // namespace perennial::app
