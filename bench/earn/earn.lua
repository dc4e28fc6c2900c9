-- wrk: a paid order of three items of a random member, every order with its own source id.
local members = tonumber(os.getenv("MEMBERS"))
local run = os.getenv("RUN")
local counter = 0
local threads = 0

function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end

function init()
  math.randomseed(number * 7919 + 17)
  wrk.method = "POST"
  wrk.headers["X-App-Id"] = os.getenv("APP_ID")
  wrk.headers["X-App-Token"] = os.getenv("APP_TOKEN")
  wrk.headers["Content-Type"] = "application/json"
end

function request()
  counter = counter + 1
  local body = string.format(
    '{"source_id":"%s-%d-%d","status":"PAID","customer":{"source_id":"m-%07d"},"items":[' ..
    '{"product_id":"latte","quantity":2,"price":380},{"product_id":"croissant","quantity":1,"price":240},' ..
    '{"product_id":"beans","quantity":1,"price":1290}],"metadata":{"store":"s-%d"}}',
    run, number, counter, math.random(0, members - 1), math.random(1, 40))
  return wrk.format(nil, "/v1/orders", nil, body)
end

function done(summary, latency, requests)
  io.write(string.format(
    '{"bench":"earn","requests":%d,"errors":%d,"per_s":%.0f,"p50_ms":%.2f,"p90_ms":%.2f,"p99_ms":%.2f,"max_ms":%.1f}\n',
    summary.requests, summary.errors.status + summary.errors.connect + summary.errors.read +
    summary.errors.write + summary.errors.timeout, summary.requests / (summary.duration / 1e6),
    latency:percentile(50) / 1000, latency:percentile(90) / 1000, latency:percentile(99) / 1000,
    latency.max / 1000))
end
