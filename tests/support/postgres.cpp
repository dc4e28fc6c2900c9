#include "tests/support/postgres.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <libpq-fe.h>
#include <netinet/in.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <thread>
#include <vector>

#include "platform/db/migrate.hpp"

namespace perennial::test {

namespace fs = std::filesystem;

namespace {

constexpr auto start_time_max = std::chrono::seconds(30);

/// "/usr/lib/postgresql/15/bin", the newest; empty when there is none.
std::string programs_folder() {
    std::string newest;
    double newest_version = 0;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator("/usr/lib/postgresql", error)) {
        const double version = std::atof(entry.path().filename().c_str());
        if (version > newest_version && fs::exists(entry.path() / "bin/initdb")) {
            newest_version = version;
            newest = entry.path() / "bin";
        }
    }
    return newest;
}

/// The server refuses to run as root; then it runs as `postgres`.
const passwd* other_user() {
    return geteuid() == 0 ? getpwnam("postgres") : nullptr;
}

pid_t spawn(const std::vector<std::string>& command, const std::string& log, bool dies_with_us) {
    std::vector<char*> arguments;
    for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    const passwd* user = other_user();
    const pid_t parent = getpid();
    const pid_t child = fork();
    if (child != 0) return child;
    const int out = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0666);
    dup2(out, 1);
    dup2(out, 2);
    for (int handle = 3; handle < 1024; ++handle) close(handle);
    if (user != nullptr &&
        (setgroups(0, nullptr) != 0 || setgid(user->pw_gid) != 0 || setuid(user->pw_uid) != 0)) {
        _exit(126);
    }
    setpgid(0, 0);  // Ctrl-C at the tests is not for the server
    if (dies_with_us) prctl(PR_SET_PDEATHSIG, SIGQUIT);
    if (dies_with_us && getppid() != parent) _exit(125);
    execv(arguments[0], arguments.data());
    _exit(127);
}

int free_port() {
    const int handle = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    const bool is_bound = bind(handle, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                          getsockname(handle, reinterpret_cast<sockaddr*>(&address), &size) == 0;
    close(handle);
    if (!is_bound) throw std::runtime_error("no free port on loopback");
    return ntohs(address.sin_port);
}

std::string text_of_file(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<pid_t> children_of(pid_t parent) {
    std::vector<pid_t> children;
    for (const auto& entry : fs::directory_iterator("/proc")) {
        const int pid = std::atoi(entry.path().filename().c_str());
        if (pid <= 0) continue;
        // "pid (name) state ppid …"; the name may hold anything, so look behind its end.
        const std::string stat = text_of_file(entry.path() / "stat");
        const auto name_end = stat.rfind(')');
        if (name_end == std::string::npos) continue;
        if (std::atoi(stat.c_str() + name_end + 4) == parent) children.push_back(pid);
    }
    return children;
}

PGconn* connect(const std::string& url) {
    PGconn* connection = PQconnectdb(url.c_str());
    if (PQstatus(connection) == CONNECTION_OK) return connection;
    const std::string text = PQerrorMessage(connection);
    PQfinish(connection);
    throw std::runtime_error("test PostgreSQL: " + text);
}

void run(const std::string& url, const std::string& sql) {
    PGconn* connection = connect(url);
    PGresult* result = PQexec(connection, sql.c_str());
    const bool is_done = PQresultStatus(result) == PGRES_COMMAND_OK;
    const std::string text = PQerrorMessage(connection);
    PQclear(result);
    PQfinish(connection);
    if (!is_done) throw std::runtime_error(sql + ": " + text);
}

const char* url_of_environment() {
    const char* url = std::getenv("PERENNIAL_TEST_POSTGRES");
    return url == nullptr || *url == '\0' ? nullptr : url;
}

std::string shared_url(const std::string& database) {
    if (const char* url = url_of_environment()) {
        std::string text(url);
        const auto scheme = text.find("://");
        const auto path = text.find('/', scheme + 3);
        const auto query = std::min(text.find('?'), text.size());
        const auto host_end = std::min(path, query);
        return text.substr(0, host_end) + "/" + database + text.substr(query);
    }
    static PostgresCluster cluster;
    return cluster.url(database);
}

}  // namespace

std::string why_no_postgres() {
    if (url_of_environment() != nullptr) return {};
    if (programs_folder().empty()) return "skipped: PostgreSQL's server programs are not installed";
    if (geteuid() == 0 && other_user() == nullptr) {
        return "skipped: the server does not run as root, and there is no user postgres";
    }
    return {};
}

PostgresCluster::PostgresCluster() {
    folder_ = (fs::temp_directory_path() / "perennial-pg-XXXXXX").string();
    if (mkdtemp(folder_.data()) == nullptr) throw std::runtime_error("cannot make " + folder_);
    if (const passwd* user = other_user();
        user != nullptr && chown(folder_.c_str(), user->pw_uid, user->pw_gid) != 0) {
        throw std::runtime_error("cannot give " + folder_ + " to the user postgres");
    }
    const std::string log = folder_ + "/log";
    const pid_t initdb = spawn({programs_folder() + "/initdb", "-D", folder_ + "/data", "-A",
                                "trust", "-U", "postgres", "-E", "UTF8", "--locale=C", "-N"},
                               log, true);
    int status = 0;
    waitpid(initdb, &status, 0);
    if (status != 0) throw std::runtime_error("initdb failed: " + text_of_file(log));
    port_ = free_port();
    start();
}

PostgresCluster::~PostgresCluster() {
    if (postmaster_ != 0) stop();
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
}

std::string PostgresCluster::url(const std::string& database) const {
    return fmt::format("postgresql://postgres@127.0.0.1:{}/{}", port_, database);
}

void PostgresCluster::start() {
    postmaster_ = spawn(
        {programs_folder() + "/postgres", "-D", folder_ + "/data", "-k", folder_, "-h", "127.0.0.1",
         "-p", fmt::format("{}", port_), "-c", "fsync=on", "-c", "max_connections=60", "-c",
         "shared_buffers=64MB", "-c", "deadlock_timeout=100ms", "-c", "max_wal_size=512MB"},
        folder_ + "/log", true);
    const auto end = std::chrono::steady_clock::now() + start_time_max;
    while (PQping(url().c_str()) != PQPING_OK) {
        int status = 0;
        if (waitpid(postmaster_, &status, WNOHANG) == postmaster_ ||
            std::chrono::steady_clock::now() > end) {
            postmaster_ = 0;
            throw std::runtime_error("test PostgreSQL: " + text_of_file(folder_ + "/log"));
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
}

void PostgresCluster::stop() {
    kill(postmaster_, SIGINT);
    waitpid(postmaster_, nullptr, 0);
    postmaster_ = 0;
}

void PostgresCluster::kill_hard() {
    kill(postmaster_, SIGSTOP);  // so that it starts no child meanwhile
    const auto children = children_of(postmaster_);
    kill(postmaster_, SIGKILL);
    for (const pid_t child : children) kill(child, SIGKILL);
    waitpid(postmaster_, nullptr, 0);
    // A new postmaster refuses while an old child still holds the shared memory.
    for (const pid_t child : children) {
        while (kill(child, 0) == 0 &&
               text_of_file(fmt::format("/proc/{}/stat", child)).find(") Z") == std::string::npos) {
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
    }
    postmaster_ = 0;
}

void PostgresCluster::kill_backend(int pid) {
    const auto children = children_of(postmaster_);
    if (std::ranges::find(children, pid) == children.end()) {
        throw std::runtime_error("not a backend of this server");
    }
    kill(pid, SIGKILL);
}

namespace {

/// One database a process; the tests get a schema each in it, as making and dropping databases
/// means checkpoints of the whole server.
class DatabaseOfProcess {
  public:
    DatabaseOfProcess() : name_(fmt::format("perennial_test_{}", getpid())) {
        run(shared_url("postgres"),
            "CREATE DATABASE " + name_ + " TEMPLATE template0 ENCODING 'UTF8'");
    }
    ~DatabaseOfProcess() {
        if (url_of_environment() == nullptr) return;  // it goes with the cluster
        try {
            run(shared_url("postgres"), "DROP DATABASE " + name_ + " WITH (FORCE)");
        } catch (const std::exception&) {  // nothing can be done about it here
        }
    }
    DatabaseOfProcess(const DatabaseOfProcess&) = delete;
    DatabaseOfProcess& operator=(const DatabaseOfProcess&) = delete;
    std::string url() const { return shared_url(name_); }

  private:
    std::string name_;
};

std::string database_of_process() {
    static const DatabaseOfProcess database;
    return database.url();
}

}  // namespace

PostgresDatabase::PostgresDatabase() {
    static std::atomic<int> made{0};
    name_ = fmt::format("test_{}", ++made);
    const std::string url = database_of_process();
    run(url, "CREATE SCHEMA " + name_);
    url_ = fmt::format("{}{}options=-csearch_path%3D{}", url,
                       url.find('?') == std::string::npos ? '?' : '&', name_);
}

void PostgresDatabase::clean() {
    const auto known = [](std::string_view table) {
        return std::ranges::any_of(db::migrations(), [&](const db::Migration& migration) {
            return migration.sql.find(fmt::format("CREATE TABLE {} ", table)) != std::string::npos;
        });
    };
    PGconn* connection = connect(url_);
    PGresult* tables = PQexec(
        connection,
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::"
        "regnamespace AND relname NOT IN ('meta', 'schema_migrations')");
    std::string sql = "SET client_min_messages = error; SET session_replication_role = replica; ";
    for (int i = 0; i < PQntuples(tables); ++i) {
        const std::string table = PQgetvalue(tables, i, 0);
        sql += fmt::format("{} {}; ", known(table) ? "DELETE FROM" : "DROP TABLE", table);
    }
    PQclear(tables);
    PQfinish(connection);
    run(url_, sql);
}

PostgresDatabase::~PostgresDatabase() {
    try {
        run(database_of_process(),
            "SET lock_timeout = '2s'; SET client_min_messages = error; "
            "DROP SCHEMA " +
                name_ + " CASCADE");
    } catch (const std::exception&) {  // it goes with the database
    }
}

}  // namespace perennial::test
