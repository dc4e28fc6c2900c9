#include "modules/customers/store.hpp"

#include <unordered_map>

#include <fmt/format.h>

#include <boost/json.hpp>

#include "modules/claims/store.hpp"
#include "modules/customers/lookup_keys.hpp"
#include "modules/sums/store.hpp"

namespace perennial::customers {
namespace {

const db::Select select_customers{
    "customers",
    {"bucket", "project", "id"},
    {"project", "id", "source_id", "name", "email", "phone", "profile", "metadata", "cards",
     "last_order", "last_event", "orders_count", "orders_amount", "last_order_amount",
     "last_order_at", "created_at", "updated_at", "version", "merged_into", "erased"},
    true};
constexpr std::string_view columns =
    "SELECT project, id, source_id, name, email, phone, profile, metadata, cards, last_order, "
    "last_event, orders_count, orders_amount, last_order_amount, last_order_at, created_at, "
    "updated_at, version, merged_into, erased FROM customers ";
const db::Insert insert_customers{
    "customers",
    {"bucket", "project", "id", "source_id", "name", "email", "phone", "profile", "metadata",
     "cards", "last_order", "last_event", "orders_count", "orders_amount", "last_order_amount",
     "last_order_at", "created_at", "updated_at", "version"}};
const db::Update update_activity{
    "customers",
    {"bucket", "project", "id"},
    {"cards", "last_order", "last_event", "orders_count", "orders_amount", "last_order_amount",
     "last_order_at", "version"}};
const db::Update update_profile{
    "customers",
    {"bucket", "project", "id"},
    {"source_id", "name", "email", "phone", "profile", "metadata", "cards", "last_order",
     "last_event", "orders_count", "orders_amount", "last_order_amount", "last_order_at",
     "updated_at", "version", "merged_into", "erased"}};
const db::Delete delete_customers{"customers", {"bucket", "project", "id"}};
const db::Insert insert_keys{"customer_keys",
                             {"bucket", "project", "word", "customer"},
                             {"bucket", "project", "word", "customer"}};
const db::Delete delete_keys{"customer_keys", {"bucket", "project", "word", "customer"}};

Customer read(const db::Row& row) {
    Customer c;
    c.project = static_cast<projects::ProjectNumber>(row.integer(0));
    c.id = row.id<CustomerId>(1);
    c.source_id = row.text_or_null(2);
    c.name = row.text_or_null(3);
    c.email = row.text_or_null(4);
    c.phone = row.text_or_null(5);
    c.profile = row.text_or_empty(6);
    c.metadata = row.text_or_empty(7);
    if (!row.is_null(8)) {
        const std::string_view refs = row.blob(8);
        CHECK(refs.size() % 32 == 0);
        for (std::size_t i = 0; i < refs.size(); i += 32)
            c.cards.push_back(
                {RawId::from_bytes(refs.substr(i, 16)), RawId::from_bytes(refs.substr(i + 16, 16))});
    }
    c.last_order = row.id(9);
    c.last_event = row.id(10);
    c.orders_count = row.integer(11);
    c.orders_amount = Money(row.integer(12));
    c.last_order_amount = Money(row.integer(13));
    c.last_order_at = row.time_or_null(14);
    c.created_at = row.time(15);
    c.updated_at = row.time_or_null(16);
    c.version = row.integer(17);
    c.merged_into = row.id(18);
    c.erased = row.integer_or(19, 0) != 0;
    return c;
}

std::string pack(const std::vector<CardRef>& cards) {
    std::string out;
    for (const CardRef& ref : cards) {
        out += ref.program.view();
        out += ref.card.view();
    }
    return out;
}

db::Value text_or_null(const std::string& text) {
    return text.empty() ? db::Value() : db::Value(text);
}
db::Value blob_or_null(const std::string& bytes) {
    return bytes.empty() ? db::Value() : db::Value::blob(bytes);
}

claims::Word source_word(projects::ProjectNumber project, std::string source_id) {
    return {project, claims::Kind::customer, std::move(source_id)};
}

}  // namespace

void Set::want(work::Batch& batch, projects::ProjectNumber project, const Change& change) {
    if (change.id) {
        want_id(project, *change.id);
    } else if (!change.source_id.empty()) {
        batch.get<claims::Set>().want_or_claim(
            source_word(project, change.source_id),
            batch.make_id<CustomerId>(place_of(change.source_id)));
        wanted_sources_.emplace_back(project, change.source_id);
    }
}

void Set::want_id(projects::ProjectNumber project, const CustomerId& id) {
    wanted_ids_.emplace_back(project, id);
}

void Set::want_existing(work::Batch& batch, projects::ProjectNumber project,
                        const std::string& id_or_source) {
    if (auto id = CustomerId::parse(id_or_source)) want_id(project, *id);
    batch.get<claims::Set>().want(source_word(project, id_or_source));
    wanted_sources_.emplace_back(project, id_or_source);
}

void Set::want_source(work::Batch& batch, const Customer& customer, const std::string& source_id) {
    batch.get<claims::Set>().want_or_claim(source_word(customer.project, source_id), customer.id);
}

void Set::load(work::Batch& batch) {
    for (const auto& [project, source] : wanted_sources_) {
        const RawId id = batch.get<claims::Set>().find(source_word(project, source));
        if (!id.is_nil()) wanted_ids_.emplace_back(project, id);
    }
    wanted_sources_.clear();
    const db::Rows keys = db::make_slots(batch.tx, wanted_ids_, slots_);
    if (keys.empty()) return;
    std::vector<Key> merged;
    batch.tx.select(select_customers, keys, [&](const db::Row& row) {
        Customer customer = read(row);
        Slot& slot = slots_[{customer.project, customer.id}];
        if (!customer.merged_into.is_nil())
            merged.emplace_back(customer.project, customer.merged_into);
        slot.stored_email = customer.email;
        slot.stored_phone = customer.phone;
        slot.customer = std::move(customer);
        slot.exists = true;
    });
    wanted_ids_ = std::move(merged);
    if (!wanted_ids_.empty()) load(batch);
}

Customer* Set::find(projects::ProjectNumber project, const CustomerId& id) {
    auto found = slots_.find({project, id});
    if (found == slots_.end() || !found->second.exists) return nullptr;
    Customer& customer = found->second.customer;
    return customer.merged_into.is_nil() ? &customer
                                         : find(project, CustomerId(customer.merged_into));
}

Customer* Set::find_existing(work::Batch& batch, projects::ProjectNumber project,
                             const std::string& id_or_source) {
    Customer* found = nullptr;
    if (auto id = CustomerId::parse(id_or_source)) found = find(project, *id);
    if (found == nullptr)
        found = find(project,
                     CustomerId(batch.get<claims::Set>().find(source_word(project, id_or_source))));
    return found != nullptr && found->erased ? nullptr : found;
}

bool Set::give_source(work::Batch& batch, Customer& customer, const std::string& source_id) {
    if (batch.get<claims::Set>().find(source_word(customer.project, source_id)) != customer.id)
        return false;
    customer.source_id = source_id;
    touch_profile(customer);
    return true;
}

Customer* Set::resolve(work::Batch& batch, projects::ProjectNumber project, const Change& change,
                       bool or_create, Timestamp now) {
    if (change.id) {
        Customer* found = find(project, *change.id);
        return found != nullptr && found->erased ? nullptr : found;
    }
    if (change.source_id.empty()) return nullptr;
    const RawId id = batch.get<claims::Set>().find(source_word(project, change.source_id));
    CHECK(!id.is_nil());
    Slot& slot = slots_[{project, id}];
    if (slot.exists) {
        Customer* found = find(project, CustomerId(id));
        if (found != nullptr && found->erased)
            throw db::Failure(db::Failure::Kind::retry, "the customer was erased meanwhile");
        return found;
    }
    if (!or_create) return nullptr;
    CHECK(slot.dirt != Dirt::removed);
    slot.customer = Customer{};
    slot.customer.project = project;
    slot.customer.id = CustomerId(id);
    slot.customer.source_id = change.source_id;
    slot.customer.created_at = now;
    slot.exists = true;
    slot.dirt = Dirt::created;
    batch.get<sums::Set>().add(project, "customers", RawId{}, slot.customer.id.place(), 1);
    return &slot.customer;
}

Customer& Set::create(work::Batch& batch, projects::ProjectNumber project, Timestamp now) {
    const auto id = batch.make_id<CustomerId>(static_cast<Place>(batch.ids.random() & 0xFFFF));
    Slot& slot = slots_[{project, id}];
    slot.customer.project = project;
    slot.customer.id = id;
    slot.customer.created_at = now;
    slot.exists = true;
    slot.dirt = Dirt::created;
    batch.get<sums::Set>().add(project, "customers", RawId{}, id.place(), 1);
    return slot.customer;
}

Set::Slot& Set::slot_of(const Customer& customer) {
    auto found = slots_.find({customer.project, customer.id});
    CHECK(found != slots_.end() && &found->second.customer == &customer);
    return found->second;
}

void Set::touch_profile(Customer& customer) {
    Slot& slot = slot_of(customer);
    slot.dirt = std::max(slot.dirt, Dirt::profile);
    const Key key{customer.project, customer.id};
    if (std::ranges::find(changed_profiles_, key) == changed_profiles_.end())
        changed_profiles_.push_back(key);
}

std::vector<Customer*> Set::take_changed_profiles() {
    std::vector<Customer*> out;
    for (const Key& key : std::exchange(changed_profiles_, {}))
        if (Slot& slot = slots_.at(key); slot.exists && slot.dirt != Dirt::removed)
            out.push_back(&slot.customer);
    return out;
}

void Set::touch_activity(Customer& customer) {
    Slot& slot = slot_of(customer);
    slot.dirt = std::max(slot.dirt, Dirt::activity);
}

void Set::remove(work::Batch& batch, Customer& customer) {
    Slot& slot = slot_of(customer);
    CHECK(slot.dirt != Dirt::created);
    slot.exists = false;
    slot.dirt = Dirt::removed;
    batch.get<sums::Set>().add(customer.project, "customers", RawId{}, customer.id.place(), -1);
}

void Set::merge(work::Batch& batch, Customer& source, const Customer& into) {
    Slot& slot = slot_of(source);
    CHECK(slot.dirt != Dirt::created && source.id != into.id);
    Customer rest;
    rest.project = source.project;
    rest.id = source.id;
    rest.created_at = source.created_at;
    rest.updated_at = into.updated_at;
    rest.version = source.version;
    rest.merged_into = into.id;
    source = std::move(rest);
    slot.dirt = Dirt::profile;
    batch.get<sums::Set>().add(into.project, "customers", RawId{}, source.id.place(), -1);
}

void Set::save_keys(work::Batch& batch) {
    std::deque<std::string> words;  // keep what the rows point to
    db::Rows gone(4);
    db::Rows made(4);
    for (auto& [key, slot] : slots_) {
        if (slot.dirt < Dirt::profile) continue;
        const Customer& c = slot.customer;
        const bool lives = slot.dirt != Dirt::removed;
        auto change = [&](KeyKind kind, const std::string& before, const std::string& now) {
            if (before == now) return;
            for (const bool old : {true, false}) {
                const std::string& word = old ? before : now;
                if (word.empty()) continue;
                const std::string& hash = words.emplace_back(key_hash(kind, word));
                (old ? gone : made)
                    .add({batch.tx.bucket(place_of(hash)), c.project, db::Value::blob(hash), c.id});
            }
        };
        const std::string none;
        change(KeyKind::email, email_word(slot.stored_email.value_or(none)),
               lives ? email_word(c.email.value_or(none)) : none);
        change(KeyKind::phone, phone_word(slot.stored_phone.value_or(none)),
               lives ? phone_word(c.phone.value_or(none)) : none);
        slot.stored_email = lives ? c.email : std::nullopt;
        slot.stored_phone = lives ? c.phone : std::nullopt;
    }
    if (!gone.empty()) batch.tx.remove(delete_keys, gone);
    if (!made.empty()) batch.tx.insert(insert_keys, made);
}

void Set::erase(work::Batch& batch, Customer& customer) {
    CHECK(!customer.erased);
    if (customer.source_id)
        claims::free(batch.tx, source_word(customer.project, *customer.source_id));
    // Words that lead to whoever was merged into this customer.
    batch.tx.execute("DELETE FROM claims WHERE bucket >= 0 AND project = ? AND kind = ? AND id IN "
                     "(SELECT id FROM customers WHERE bucket >= 0 AND project = ? AND "
                     "merged_into = ?)",
                     {customer.project, static_cast<int>(claims::Kind::customer), customer.project,
                      customer.id});
    customer.source_id.reset();
    customer.name.reset();
    customer.email.reset();
    customer.phone.reset();
    customer.profile.clear();
    customer.metadata.clear();
    customer.erased = true;
    touch_profile(customer);
    batch.get<sums::Set>().add(customer.project, "customers", RawId{}, customer.id.place(), -1);
}

void Set::save(work::Batch& batch) {
    save_keys(batch);
    db::Rows created(19);
    db::Rows profile(20);
    db::Rows activity(11);
    db::Rows removed(3);
    std::deque<std::string> packed;  // keeps what the rows point to
    for (auto& [key, slot] : slots_) {
        Customer& c = slot.customer;
        if (slot.dirt == Dirt::none) continue;
        const auto bucket = batch.tx.bucket(c.id.place());
        const std::string& cards = packed.emplace_back(pack(c.cards));
        ++c.version;
        switch (slot.dirt) {
            case Dirt::created:
                created.add({bucket, c.project, c.id, c.source_id, c.name, c.email, c.phone,
                             text_or_null(c.profile), text_or_null(c.metadata), blob_or_null(cards),
                             db::Value::id_or_null(c.last_order),
                             db::Value::id_or_null(c.last_event), c.orders_count,
                             c.orders_amount.value, c.last_order_amount.value, c.last_order_at,
                             c.created_at, c.updated_at, c.version});
                break;
            case Dirt::profile:
                profile.add({bucket, c.project, c.id, c.source_id, c.name, c.email, c.phone,
                             text_or_null(c.profile), text_or_null(c.metadata), blob_or_null(cards),
                             db::Value::id_or_null(c.last_order),
                             db::Value::id_or_null(c.last_event), c.orders_count,
                             c.orders_amount.value, c.last_order_amount.value, c.last_order_at,
                             c.updated_at, c.version, db::Value::id_or_null(c.merged_into),
                             c.erased ? db::Value(1) : db::Value()});
                break;
            case Dirt::removed: removed.add({bucket, c.project, c.id}); break;
            default:
                activity.add({bucket, c.project, c.id, blob_or_null(cards),
                              db::Value::id_or_null(c.last_order),
                              db::Value::id_or_null(c.last_event), c.orders_count,
                              c.orders_amount.value, c.last_order_amount.value, c.last_order_at,
                              c.version});
        }
        slot.dirt = Dirt::none;
    }
    if (!created.empty()) batch.tx.insert(insert_customers, created);
    if (!profile.empty())
        CHECK(batch.tx.update(update_profile, profile) == static_cast<std::int64_t>(profile.count()));
    if (!activity.empty())
        CHECK(batch.tx.update(update_activity, activity) ==
              static_cast<std::int64_t>(activity.count()));
    if (!removed.empty())
        CHECK(batch.tx.remove(delete_customers, removed) ==
              static_cast<std::int64_t>(removed.count()));
}

std::optional<Customer> load_customer(db::Tx& tx, projects::ProjectNumber project,
                                      const CustomerId& id) {
    static const std::string sql =
        std::string(columns) + "WHERE bucket = ? AND project = ? AND id = ?";
    std::optional<Customer> out;
    tx.query(sql, {tx.bucket(id.place()), project, id},
             [&](const db::Row& row) { out = read(row); });
    if (out && !out->merged_into.is_nil())
        return load_customer(tx, project, CustomerId(out->merged_into));
    return out;
}

std::vector<std::optional<Customer>> load_customers(db::Tx& tx, projects::ProjectNumber project,
                                                    std::span<const CustomerId> ids) {
    static const db::Select select{
        "customers",
        {"bucket", "project", "id"},
        {"project", "id", "source_id", "name", "email", "phone", "profile", "metadata", "cards",
         "last_order", "last_event", "orders_count", "orders_amount", "last_order_amount",
         "last_order_at", "created_at", "updated_at", "version", "merged_into", "erased"}};
    std::unordered_map<RawId, std::size_t, RawIdHash> places;
    db::Rows keys(3);
    for (std::size_t i = 0; i < ids.size(); ++i)
        if (places.emplace(ids[i], i).second)
            keys.add({tx.bucket(ids[i].place()), project, ids[i]});
    std::vector<std::optional<Customer>> out(ids.size());
    if (!keys.empty())
        tx.select(select, keys, [&](const db::Row& row) {
            out[places.at(row.id(1))] = read(row);
        });
    for (std::size_t i = 0; i < ids.size(); ++i) {
        if (!out[i]) out[i] = out[places.at(ids[i])];
        if (out[i] && !out[i]->merged_into.is_nil())
            out[i] = load_customer(tx, project, CustomerId(out[i]->merged_into));
    }
    return out;
}

namespace {

std::vector<Customer> find_by_key(db::Tx& tx, projects::ProjectNumber project, KeyKind kind,
                                  const std::string& word) {
    std::vector<Customer> out;
    if (word.empty()) return out;
    const std::string hash = key_hash(kind, word);
    std::vector<CustomerId> ids;
    tx.query("SELECT customer FROM customer_keys WHERE bucket = ? AND project = ? AND word = ? "
             "ORDER BY customer",
             {tx.bucket(place_of(hash)), project, db::Value::blob(hash)},
             [&](const db::Row& row) { ids.push_back(row.id<CustomerId>(0)); });
    for (const CustomerId& id : ids)
        if (auto found = load_customer(tx, project, id)) out.push_back(*std::move(found));
    return out;
}

}  // namespace

std::vector<Customer> find_by_email(db::Tx& tx, projects::ProjectNumber project,
                                    std::string_view email) {
    const std::string word = email_word(email);
    auto out = find_by_key(tx, project, KeyKind::email, word);
    std::erase_if(out, [&](const Customer& one) {
        return email_word(one.email.value_or("")) != word;
    });
    return out;
}

std::vector<Customer> find_by_phone(db::Tx& tx, projects::ProjectNumber project,
                                    std::string_view phone) {
    const std::string digits = phone_digits(phone);
    auto out = find_by_key(tx, project, KeyKind::phone, phone_word(phone));
    std::erase_if(out, [&](const Customer& one) {
        return !same_phone(phone_digits(one.phone.value_or("")), digits);
    });
    return out;
}

std::optional<Customer> load_customer(db::Tx& tx, projects::ProjectNumber project,
                                      std::string_view id_or_source) {
    std::optional<Customer> found;
    if (auto id = CustomerId::parse(id_or_source)) found = load_customer(tx, project, *id);
    if (!found) {
        const RawId claimed = claims::find(tx, source_word(project, std::string(id_or_source)));
        if (!claimed.is_nil()) found = load_customer(tx, project, CustomerId(claimed));
    }
    if (found && found->erased) found.reset();
    return found;
}

namespace {

// The conditions of a list as SQL, with their parameters.
struct Where {
    std::string sql = "WHERE bucket >= 0 AND project = ? AND erased IS NULL AND merged_into IS NULL";
    std::vector<db::Value> values;
    std::string city;  // what `values` points to

    Where(projects::ProjectNumber project, const ListQuery& query) {
        values.emplace_back(project);
        const auto add = [&](const char* condition, db::Value value) {
            sql += condition;
            values.push_back(value);
        };
        if (query.created_before) add(" AND created_at < ?", *query.created_before);
        if (query.created_after) add(" AND created_at > ?", *query.created_after);
        if (query.updated_before) add(" AND updated_at < ?", *query.updated_before);
        if (query.updated_after) add(" AND updated_at > ?", *query.updated_after);
        if (!query.name.empty()) add(" AND name = ?", query.name);
        if (!query.city.empty()) {
            // The profile is our own JSON text, so a city in it is written in one way.
            city = "%\"city\":";
            for (const char c : json::serialize(json::string(query.city))) {
                if (c == '%' || c == '_' || c == '!') city += '!';
                city += c;
            }
            city += '%';
            add(" AND profile LIKE ? ESCAPE '!'", city);
        }
    }
};

bool matches(const Customer& one, const ListQuery& query) {
    const auto inside = [](const std::optional<Timestamp>& at, const auto& after, const auto& before) {
        if (!after && !before) return true;
        return at && (!after || *at > *after) && (!before || *at < *before);
    };
    if (one.erased || !inside(one.created_at, query.created_after, query.created_before) ||
        !inside(one.updated_at, query.updated_after, query.updated_before))
        return false;
    if (!query.name.empty() && one.name != query.name) return false;
    if (query.city.empty()) return true;
    if (one.profile.empty()) return false;
    const json::value profile = json::parse(one.profile);
    const json::value* address = profile.get_object().if_contains("address");
    const json::value* city = address != nullptr && address->is_object()
                                  ? address->get_object().if_contains("city")
                                  : nullptr;
    return city != nullptr && city->is_string() && city->get_string() == query.city;
}

// Few have one address: they are found by its key, and the list is made here.
std::vector<Customer> with_email(db::Tx& tx, projects::ProjectNumber project,
                                 const ListQuery& query) {
    std::vector<Customer> found = find_by_email(tx, project, query.email);
    std::erase_if(found, [&](const Customer& one) { return !matches(one, query); });
    std::ranges::sort(found, [&](const Customer& a, const Customer& b) {
        const Customer& x = query.descending ? b : a;
        const Customer& y = query.descending ? a : b;
        switch (query.order) {
            case ListOrder::updated_at:
                return std::tie(x.updated_at, x.id) < std::tie(y.updated_at, y.id);
            case ListOrder::source_id:
                return std::tie(x.source_id, x.id) < std::tie(y.source_id, y.id);
            case ListOrder::created_at: break;
        }
        return std::tie(x.created_at, x.id) < std::tie(y.created_at, y.id);
    });
    return found;
}

}  // namespace

std::int64_t count_customers(db::Tx& tx, projects::ProjectNumber project, const ListQuery& query) {
    if (!query.email.empty()) return std::ssize(with_email(tx, project, query));
    const Where where(project, query);
    std::int64_t out = 0;
    tx.query("SELECT count(*) FROM customers " + where.sql, std::span<const db::Value>(where.values),
             [&](const db::Row& row) { out = row.integer(0); });
    return out;
}

std::vector<Customer> list_customers(db::Tx& tx, projects::ProjectNumber project,
                                     const ListQuery& query) {
    if (!query.email.empty()) {
        std::vector<Customer> all = with_email(tx, project, query);
        const auto from = std::min<std::size_t>(static_cast<std::size_t>(query.offset), all.size());
        all.erase(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(from));
        if (std::ssize(all) > query.limit) all.resize(static_cast<std::size_t>(query.limit));
        return all;
    }
    static constexpr std::string_view columns_by[] = {"created_at", "updated_at", "source_id"};
    Where where(project, query);
    const std::string_view by = columns_by[static_cast<std::size_t>(query.order)];
    const std::string_view way = query.descending ? "DESC" : "ASC";
    const std::string sql = fmt::format("{}{} ORDER BY {} {}, id {} LIMIT ? OFFSET ?", columns,
                                        where.sql, by, way, way);
    where.values.emplace_back(query.limit);
    where.values.emplace_back(query.offset);
    std::vector<Customer> out;
    tx.query(sql, std::span<const db::Value>(where.values),
             [&](const db::Row& row) { out.push_back(read(row)); });
    return out;
}

}  // namespace perennial::customers
