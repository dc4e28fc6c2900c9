// A private PostgreSQL cluster for tests: started once a test process (or taken from the
// environment variable PERENNIAL_TEST_POSTGRES, a URL whose user may create databases), gone with
// it.
#pragma once
#include <sys/types.h>

#include <memory>
#include <string>

namespace perennial::test {

/// A cluster of one's own, on loopback and a socket folder, fsync on.
class PostgresCluster {
  public:
    /// Throws std::runtime_error; call `why_no_postgres` first.
    PostgresCluster();
    ~PostgresCluster();
    PostgresCluster(const PostgresCluster&) = delete;
    PostgresCluster& operator=(const PostgresCluster&) = delete;

    std::string url(const std::string& database = "postgres") const;
    int port() const { return port_; }
    /// kill -9 of the postmaster and all its children.
    void kill_hard();
    void start();
    /// Fast shutdown: open transactions are rolled back.
    void stop();
    /// kill -9 of one backend: the server recovers from that as from a crash.
    void kill_backend(int pid);

  private:
    std::string folder_;
    int port_ = 0;
    pid_t postmaster_ = 0;
};

/// Empty when tests can have PostgreSQL, else the reason for skipping.
std::string why_no_postgres();

/// A new empty schema on the shared server, as good as a database; dropped when it goes away.
class PostgresDatabase {
  public:
    PostgresDatabase();
    ~PostgresDatabase();
    PostgresDatabase(const PostgresDatabase&) = delete;
    PostgresDatabase& operator=(const PostgresDatabase&) = delete;
    const std::string& url() const { return url_; }
    /// Empties the tables of the product (but for the number of buckets) and drops all others: much
    /// cheaper than a new schema, which a test of migrations wants.
    void clean();

  private:
    std::string name_;
    std::string url_;
};

}  // namespace perennial::test
