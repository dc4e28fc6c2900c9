// The rows of an export, made from what is stored, in short slices: no reading transaction is long.
#pragma once
#include <string>

#include "app/app.hpp"
#include "app/sorted_keys.hpp"
#include "modules/exports/model.hpp"

namespace perennial::app {

/// Finds which rows there are and their order in a first pass over the ids, then makes the lines slice
/// by slice. Rows that are changed meanwhile are written as they are by then; one that is gone is left out.
class ExportRows {
  public:
    ExportRows(Engine&, projects::ProjectNumber, const exports::Wish&);
    /// `goes_on` is asked between slices. False when it said no.
    bool find(FunctionRef<bool()> goes_on);
    std::size_t count() const { return keys_.size(); }
    /// The lines of the next rows; empty = there are no more.
    std::string next_lines();
    std::size_t position() const { return next_; }

  private:
    void look_at(const std::vector<RawId>& ids);
    std::vector<RawId> ids_after(std::int64_t bucket, const RawId& after);
    std::optional<std::vector<RawId>> ids_of_one_card();
    void read(FunctionRef<void(const projects::ReadContext&)>);

    Engine& engine_;
    projects::ProjectNumber project_;
    const exports::Wish& wish_;
    SortedKeys keys_;
    std::size_t next_ = 0;
};

}  // namespace perennial::app
