#include "platform/work/markers.hpp"

namespace perennial::work {

namespace {
constexpr std::size_t removed_at_once = 64;
}

bool Markers::insert(db::Tx& tx, const RawId& marker, Timestamp now, bool is_repeated) {
    static const db::Insert first{"commit_markers", {"bucket", "id", "created_at"}};
    static const db::Insert repeated{
        "commit_markers", {"bucket", "id", "created_at"}, {"bucket", "id"}};
    db::Rows rows(3);
    rows.add({tx.bucket(marker.place()), marker, now});
    return tx.insert(is_repeated ? repeated : first, rows) == 1;
}

bool Markers::remove_forgotten(db::Tx& tx) {
    if (old_.size() < removed_at_once) return false;
    static const db::Delete form{"commit_markers", {"bucket", "id"}};
    db::Rows rows(2);
    for (const RawId& marker : old_) rows.add({tx.bucket(marker.place()), marker});
    tx.remove(form, rows);
    return true;
}

void Markers::remove_older_than(db::Tx& tx, Timestamp time) {
    tx.execute("DELETE FROM commit_markers WHERE created_at < ?", {time});
}

}  // namespace perennial::work
