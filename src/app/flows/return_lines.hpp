// POST /v1/orders/{id}/returns, and the return invoices of an import.
#pragma once
#include "app/flows/order_codec.hpp"
#include "app/flows/order_earning.hpp"

namespace perennial::flows {

/// Lines of one known order.
struct ReturnLines {
    struct Line {
        std::string item;           ///< "ordli_…", the item's source id, or the SKU's or product's
        std::int64_t quantity = 0;  ///< > 0
    };
    std::string order;     ///< "ord_…" or source id
    std::string source_id; ///< of the return itself: the same one again changes nothing; may be empty
    std::vector<Line> lines;
    std::string reason;
    /// An order that is not known yet, by its source id: the return waits for it.
    bool await_order = false;
};

void want(const ReturnLines&, work::Batch&, projects::ProjectNumber);
void want_more(const ReturnLines&, work::Batch&, projects::ProjectNumber);

struct Returned {
    const orders::Order* order = nullptr;
    const customers::Customer* customer = nullptr;
    TakenBack taken;
    bool repeated = false;
};
/// Lines of an order that is not paid yet are marked, and do not earn when it is. Refuses in this
/// order: not_found (order, then line), invalid_order (CANCELED, more than is left).
Result<Returned> return_lines(const ReturnLines&, const projects::Context&);

/// A return that names a customer and SKUs but no order: each line is matched to the customer's latest
/// earlier line of the SKU with enough left (decisions.md 16). Loads all of the customer's orders.
struct ReturnByCustomer {
    struct Line {
        std::string sku;
        std::int64_t quantity = 0;
        std::int64_t line = 0;  ///< of the file, for the report
    };
    std::string source_id;
    customers::Change customer;
    Timestamp time;
    std::vector<Line> lines;
};
void want(const ReturnByCustomer&, work::Batch&, projects::ProjectNumber);
void want_more(const ReturnByCustomer&, work::Batch&, projects::ProjectNumber);
struct ReturnReport {
    std::int64_t matched = 0;
    std::vector<std::int64_t> unmatched;  ///< lines of the file
    TakenBack taken;
    bool repeated = false;
};
ReturnReport return_by_customer(const ReturnByCustomer&, const projects::Context&);

}  // namespace perennial::flows
