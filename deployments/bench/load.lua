-- Sends the requests of a plan, each thread of wrk from another place of it on
-- and to the next of the gateways, and prints what came of them as one line of
-- JSON. The arguments are the plan's file and the number of threads; the
-- variable BENCH_GATEWAYS has their URLs, with spaces between them.

local threads, gateways = 0, {}
for host, port in os.getenv("BENCH_GATEWAYS"):gmatch("http://([^%s:]+):(%d+)") do
   gateways[#gateways + 1] = { host = host, port = port }
end

function setup(thread)
   local gateway = gateways[threads % #gateways + 1]
   thread.addr = wrk.lookup(gateway.host, gateway.port)[1]
   thread:set("number", threads)
   threads = threads + 1
end

local requests, at = {}, 0

function init(args)
   for line in io.lines(args[1]) do
      local method, path, token, body = line:match("^(.-)\t(.-)\t(.-)\t(.*)$")
      local headers = {}
      if token ~= "" then headers["Authorization"] = "Bearer " .. token end
      if body ~= "" then headers["Content-Type"] = "application/json" else body = nil end
      requests[#requests + 1] = wrk.format(method, path, headers, body)
   end
   at = math.floor(number * #requests / tonumber(args[2]))
end

function request()
   at = at % #requests + 1
   return requests[at]
end

function done(summary, latency)
   local e = summary.errors
   print(string.format('bench: {"requests":%d,"microseconds":%d,"p50":%d,"p99":%d,"errors":%d}',
      summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
      e.status + e.connect + e.read + e.write + e.timeout))
end
