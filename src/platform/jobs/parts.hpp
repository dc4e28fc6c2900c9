// Bytes that belong to a job or to what it makes, in parts of bounded size: rows of an import, removed
// slice by slice as they are done, and the file of an export.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/id.hpp"
#include "base/time.hpp"
#include "platform/work/batch.hpp"

namespace perennial::jobs {

/// Set of a batch. A part is as large as a slice of work: about a hundred kilobytes.
class PartSet {
  public:
    static constexpr int rank = 86;
    void add(std::int32_t project, const RawId& owner, std::int64_t part, std::string data);
    void remove(std::int32_t project, const RawId& owner, std::int64_t part);
    void remove_all(std::int32_t project, const RawId& owner);
    void load(work::Batch&) {}
    void save(work::Batch&);

  private:
    struct Part {
        std::int32_t project;
        RawId owner;
        std::int64_t number;
        std::string data;
    };
    std::vector<Part> added_;
    std::vector<Part> removed_;
    std::vector<Part> emptied_;  ///< all parts of these owners
};

/// Bytes of all parts of an owner.
std::uint64_t parts_bytes(db::Tx&, std::int32_t project, const RawId& owner);
std::optional<std::string> load_part(db::Tx&, std::int32_t project, const RawId& owner,
                                     std::int64_t part);

/// Deletes jobs that ended and are as old as `jobs_before` by the machine's clock, and parts of whatever
/// owner, unless it is a job that is left, from before `parts_before`. Returns how many rows.
std::int64_t forget_jobs_before(db::Tx&, Timestamp jobs_before, Timestamp parts_before);

}  // namespace perennial::jobs
