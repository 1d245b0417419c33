-- Judges all limits of a request at once: all of them are charged, or none.
-- Numbers are doubles here, so all of them are whole and below 2^53. Times are
-- microseconds of Redis' own clock, the one clock that all proxies share.
--
-- KEYS are the limits' keys. ARGV is 'take' or 'settle', then for each limit
--   tokens, of 'settle' what was charged and the stamp of that, and its size:
--   'bucket', units of a full one, units of a token, units each microsecond
--   'window', limit, length
--   'quota', limit, length, offset of its clock
--   'month', limit, when the last, this, the next and the one after it begin
--
-- It returns which limit denied (0: none; -1: this is none of the months), then
-- for each limit the tokens left, the time until one more, the time until what
-- was asked for (0: it was there), and the stamp by which 'settle' finds what
-- was charged. 'settle' charges what was not asked for before, as far as it is
-- there, or gives back fewer than 0 tokens.
local slack = 1000000
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000000 + tonumber(clock[2])
local settle = ARGV[1] == 'settle'
local at = 1

local function word()
  at = at + 1
  return ARGV[at]
end

local function number()
  return tonumber(word())
end

-- clamp keeps a number from 0 to most.
local function clamp(n, most)
  return math.max(0, math.min(n, most))
end

-- whole reads up to three numbers of a stored text. What no run of this wrote
-- is as if it were not there, and is overwritten: refusing it would be for ever.
local function whole(text, pattern)
  local a, b, c = string.match(text or '', pattern)
  a, b, c = tonumber(a or 0), tonumber(b or 0), tonumber(c or 0)
  if a and b and c and math.max(a, b, c) < 9007199254740992 then
    return a, b, c
  end
  return 0, 0, 0
end

-- share is a * b / c and what is left, for a below 2^35 and b and c below 2^45,
-- whose product would not be exact: long division, seven bits at a time.
local digits = {268435456, 2097152, 16384, 128, 1}
local function share(a, b, c)
  local quotient, rest = 0, 0
  for _, digit in ipairs(digits) do
    local n = rest * 128 + math.floor(a / digit) % 128 * b
    quotient = quotient * 128 + math.floor(n / c)
    rest = n % c
  end
  return quotient, rest
end

local kinds = {}

-- A bucket is the time at which it was charged last, and the units that were
-- missing then. When the clock is set back it refills from that time on.
function kinds.bucket(text)
  local size, token, rate = number(), number(), number()
  local last, missed = whole(text, '^b(%d+):(%d+)$')
  local b = {stamp = now, stale = last > now}
  missed = math.min(missed, size)
  missed = missed - math.min(missed, math.max(0, now - last) * rate)

  function b.fits(tokens) return missed + tokens * token <= size end
  -- No more is given back of a charge than cannot have refilled since: the rest
  -- is in the bucket already, or somebody has taken it.
  function b.add(tokens, stamp, charged)
    local units = tokens * token
    if tokens < 0 then
      units = math.max(units, math.min(0, math.max(0, now - stamp) * rate - charged * token))
    end
    missed = clamp(missed + units, size)
  end
  function b.left() return math.floor((size - missed) / token) end
  function b.wait(tokens) return math.max(0, math.ceil((missed + math.min(tokens * token, size) - size) / rate)) end
  function b.text()
    if missed > 0 then
      return string.format('b%.0f:%.0f', now, missed), now + math.ceil(missed / rate)
    end
  end
  return b
end

-- A window is its beginning, what was taken in the one before, and in it.
function kinds.window(text)
  local limit, length = number(), number()
  local start, before, taken = whole(text, '^w(%d+):(%d+):(%d+)$')
  local own = now - now % length
  local w = {}
  before, taken = math.min(before, limit), math.min(taken, limit)
  if start + 2 * length <= now then
    start, before, taken = own, 0, 0
  elseif start + length == own then
    before = taken
    start, taken = own, 0
  elseif start ~= own and (start ~= own + length or start - now > slack) then
    -- The clock was set back: all counts in its window, so that this is no burst.
    taken = math.min(before + taken, limit)
    start, before, w.stale = own, 0, true
  end
  w.stamp = start

  local function estimate()
    local weighted, rest = share(before, start + length - math.max(now, start), length)
    return taken + weighted + (rest > 0 and 1 or 0)
  end
  function w.fits(tokens) return estimate() + tokens <= limit end
  function w.add(tokens, stamp)
    if stamp + length == start then
      before = clamp(before + tokens, limit)
    elseif tokens > 0 or stamp >= start then
      taken = clamp(taken + tokens, limit)
    end
  end
  function w.left() return math.max(0, limit - estimate()) end
  function w.wait(tokens)
    local room = limit - math.min(tokens, limit)
    if estimate() <= room then
      return 0
    elseif room >= taken then
      return start + length - share(room - taken, length, before) - now
    end
    return start + 2 * length - share(room, length, taken) - now
  end
  function w.text()
    if taken > 0 then
      return string.format('w%.0f:%.0f:%.0f', start, before, taken), start + 2 * length
    elseif before > 0 then
      return string.format('w%.0f:%.0f:0', start, before), start + length
    end
  end
  return w
end

-- calendar is a quota whose period ends at stop, and the next one, where that
-- is known, at next. It is the end of its period and what was taken in it.
local function calendar(text, limit, stop, next)
  local ends, taken = whole(text, '^q(%d+):(%d+)$')
  local q = {}
  taken = math.min(taken, limit)
  if ends <= now then
    taken = 0
  elseif ends == next and stop - now <= slack then
    stop = ends
  elseif ends ~= stop then
    q.stale = true -- the clock was set back: what was taken later counts now
  end
  q.stamp = stop

  function q.fits(tokens) return taken + tokens <= limit end
  function q.add(tokens, stamp)
    if tokens > 0 or stamp >= stop then
      taken = clamp(taken + tokens, limit)
    end
  end
  function q.left() return limit - taken end
  function q.wait(tokens)
    if taken + math.min(tokens, limit) <= limit then
      return 0
    end
    return stop - now
  end
  function q.text()
    if taken > 0 then
      return string.format('q%.0f:%.0f', stop, taken), stop
    end
  end
  return q
end

function kinds.quota(text)
  local limit, length, offset = number(), number(), number()
  local stop = now - (now + offset) % length + length
  return calendar(text, limit, stop, stop + length)
end

function kinds.month(text)
  local limit, last, this, next, after = number(), number(), number(), number(), number()
  if now < last or now >= after then
    return nil
  elseif now < this then
    return calendar(text, limit, this, next)
  elseif now < next then
    return calendar(text, limit, next, after)
  end
  return calendar(text, limit, after)
end

-- MGET finds nothing where the key holds no text, and SET puts it right.
local texts = redis.call('MGET', unpack(KEYS))
local counters, denied = {}, 0
for i = 1, #KEYS do
  local tokens, charged, stamp = number(), number(), number()
  local c = kinds[word()](texts[i])
  if not c then
    return {-1}
  end
  c.tokens, c.charged, c.since = tokens, charged, stamp
  if denied == 0 and not settle and not c.fits(tokens) then
    denied = i
  end
  counters[i] = c
end

-- A refusal writes nothing, but for a counter of a clock that was set back: or
-- it would be read so again until the clock is there.
local answer = {denied}
for i, c in ipairs(counters) do
  local wait = settle and 0 or c.fits(c.tokens) and 0 or c.wait(c.tokens)
  if denied == 0 then
    c.add(settle and math.min(c.tokens, c.left()) or c.tokens, c.since, c.charged)
  end
  if denied == 0 or c.stale then
    local text, expiry = c.text()
    if text then
      redis.call('SET', KEYS[i], text, 'PXAT', string.format('%.0f', math.ceil(expiry / 1000)))
    elseif texts[i] then
      redis.call('DEL', KEYS[i])
    end
  end
  answer[#answer + 1] = c.left()
  answer[#answer + 1] = c.wait(c.left() + 1)
  answer[#answer + 1] = wait
  answer[#answer + 1] = c.stamp
end
return answer
