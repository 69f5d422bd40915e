-- One conversation's live log: fences, numbers, appends, publishes. All or nothing, and safe to repeat.
--
-- KEYS  1 the log (a stream, its ids are <turn>-<sequence>)  2 what is known of it (a hash)  3 the stop flag
-- ARGV  1 operation  2 channel  3 milliseconds to live  4 entries before an old step is trimmed  5 ... by operation
--
-- Fields of the hash: turn, seq (highest number taken), step, start (first number of the step), run (of the
-- server that wrote it), last (id of the newest entry), ended (1 when that entry ended its turn), gone and
-- old (ranges of superseded text in this turn and the one before), and for each activity:
-- a: attempt   n: number of its last append, with the answer   t: first text   c: provider's cursor.
-- k:<key> is the number of the event that was appended under that key.

local log, meta, flag = KEYS[1], KEYS[2], KEYS[3]
local channel, ttl, limit = ARGV[2], ARGV[3], tonumber(ARGV[4])

local function whole(number) return string.format('%.0f', number) end

local function pair(id)
  local turn, sequence = string.match(id, '^(%d+)%-(%d+)$')
  return tonumber(turn), tonumber(sequence)
end

local function milliseconds()
  local now = redis.call('TIME')
  return tonumber(now[1]) * 1000 + math.floor(tonumber(now[2]) / 1000)
end

-- Changes when the server restarts, also from an old snapshot or as a promoted replica.
local function run()
  return string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
end

local function stopped(turn_id)
  return redis.call('GET', flag) == turn_id and 1 or 0
end

local function keep()
  redis.call('PEXPIRE', meta, ttl)
  redis.call('PEXPIRE', log, ttl)
end

-- The newest entry: as the hash knows it, else as the stream does.
local function newest(last)
  if not last then
    local entry = redis.call('XREVRANGE', log, '+', '-', 'COUNT', 1)[1]
    last = entry and entry[1]
  end
  if not last then return 0, 0 end
  return pair(last)
end

-- Entries to add; `top` is the newest so far. Numbers that do not follow it tell readers of a gap.
local function adder(top_turn, top_sequence)
  local self = { turn = top_turn, sequence = top_sequence, lines = {} }
  function self.add(turn, sequence, body)
    local line = '{"id":"' .. whole(turn) .. '.' .. whole(sequence) .. '",' .. body
    redis.call('XADD', log, whole(turn) .. '-' .. whole(sequence), 'd', line)
    self.lines[#self.lines + 1] = line
    self.turn, self.sequence = turn, sequence
  end
  function self.newer(turn, sequence)
    return turn > self.turn or (turn == self.turn and sequence > self.sequence)
  end
  function self.last() return whole(self.turn) .. '-' .. whole(self.sequence) end
  function self.send()
    if #self.lines > 0 then redis.call('PUBLISH', channel, table.concat(self.lines, '\n')) end
  end
  return self
end

-- Start the hash anew for a turn. What readers need of the turn before is kept.
local function begin(turn, known, last, ended, gone, step, sequence)
  local top_turn, top_sequence = newest(last)
  redis.call('DEL', meta)
  redis.call('HSET', meta, 'turn', whole(turn), 'seq', whole(sequence), 'step', whole(step),
    'start', whole(sequence + 1), 'run', run(), 'ended', ended or '0', 'old', gone or '', 'gone', '',
    'last', whole(top_turn) .. '-' .. whole(top_sequence))
  redis.call('XTRIM', log, 'MINID', whole(known or math.max(turn - 1, 0)) .. '-0')
end

-- ARGV 5 turn  6 turn id  7 step  8 activity  9 attempt  10 sequence to start from
-- operation 'open' also: 11 is 1 when nothing of this turn can have been shown but what is stored
local function enter(restoring)
  local turn, step, activity = tonumber(ARGV[5]), tonumber(ARGV[7]), ARGV[8]
  local attempt, floor = tonumber(ARGV[9]), tonumber(ARGV[10])
  local m = redis.call('HMGET', meta, 'turn', 'seq', 'step', 'run', 'last', 'ended', 'gone',
    'a:' .. activity, 't:' .. activity, 'c:' .. activity)
  local known, fence = tonumber(m[1] or nil), tonumber(m[8] or 0)
  if known and known > turn then return { 'stale' } end
  if known == turn and (tonumber(m[3]) > step or fence > attempt) then return { 'stale' } end

  local remembered = known and m[4] == run()
  if not remembered and not restoring and ARGV[11] ~= '1' then return { 'lost' } end
  if known ~= turn then
    begin(turn, known, m[5], remembered and m[6], m[7], step, floor)
  elseif not remembered then
    begin(turn, known, nil, nil, m[7], step, math.max(floor, tonumber(m[2])))
  end

  local sequence = tonumber(redis.call('HGET', meta, 'seq'))
  if floor > sequence then sequence = floor end
  redis.call('HSET', meta, 'a:' .. activity, whole(attempt), 'seq', whole(sequence))
  if known == turn and step > tonumber(m[3]) then
    redis.call('HSET', meta, 'step', whole(step), 'start', whole(sequence + 1))
  end
  redis.call('HDEL', meta, 'n:' .. activity)
  if restoring then redis.call('HDEL', meta, 't:' .. activity, 'c:' .. activity) end
  keep()
  local own = known == turn and remembered and not restoring
  return { 'ok', milliseconds(), stopped(ARGV[6]), sequence,
    own and tonumber(m[9] or 0) or 0, own and m[10] or '' }
end

-- ARGV 5 turn  6 turn id  7 step  8 activity  9 attempt
local function look()
  local m = redis.call('HMGET', meta, 'turn', 'step', 'a:' .. ARGV[8], 'seq')
  local turn, step, attempt = tonumber(ARGV[5]), tonumber(ARGV[7]), tonumber(ARGV[9])
  local known, fence = tonumber(m[1] or nil), tonumber(m[3] or nil)
  if not known or known < turn then return { 'lost' } end
  if known > turn or tonumber(m[2]) > step then return { 'stale' } end
  if not fence or fence < attempt then return { 'lost' } end
  if fence > attempt then return { 'stale' } end
  return { 'ok', milliseconds(), stopped(ARGV[6]), tonumber(m[4]) }
end

-- ARGV 5-9 as above  10 number of this append  11 highest sequence Redis told this writer  12 highest it
-- has handed out itself  13 not after this time  14 provider's cursor, then for each event:
-- mark (t text, s<step>:<from> superseded, e end of turn), key, own id (empty: number it here), JSON after the id
local function append()
  local turn, activity = tonumber(ARGV[5]), ARGV[8]
  local seen = look()
  if seen[1] ~= 'ok' then return seen end
  local m = redis.call('HMGET', meta, 'last', 'ended', 'start', 'gone', 'n:' .. activity, 't:' .. activity)
  local number, sequence = tonumber(ARGV[10]), seen[4]
  if m[5] then
    local before, answer = string.match(m[5], '^(%d+):(.*)$')
    if number < tonumber(before) then return { 'late', seen[2] } end
    if number == tonumber(before) then
      for told in string.gmatch(answer, '%d+') do seen[#seen + 1] = tonumber(told) end
      return seen
    end
  end
  if sequence < tonumber(ARGV[11]) then return { 'lost' } end
  if seen[2] > tonumber(ARGV[13]) then return { 'late', seen[2] } end

  sequence = math.max(sequence, tonumber(ARGV[12]))
  local ended, gone, first, cursor = m[2], m[4], m[6], ARGV[14]
  local entries = adder(newest(m[1]))
  local fields, told = {}, {}
  for i = 15, #ARGV, 4 do
    local mark, key, id, body = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3]
    local before = key ~= '' and redis.call('HGET', meta, 'k:' .. key)
    local place = before and tonumber(before)
    if not place then
      local fits = true
      if id == '' then
        -- Only a notice can be ahead of an open turn, and then this turn has ended.
        if entries.turn > turn then return { 'stale' } end
        sequence = sequence + 1
        place = sequence
      else
        local _
        _, place = pair(id)
        fits = entries.newer(turn, place)
        sequence = math.max(sequence, place)
      end
      if key ~= '' then
        fields[#fields + 1] = 'k:' .. key
        fields[#fields + 1] = whole(place)
      end
      if fits then
        entries.add(turn, place, body)
        ended = mark == 'e' and '1' or '0'
        if mark == 't' and not first then first = whole(place) end
        if string.sub(mark, 1, 1) == 's' then
          gone = gone .. whole(turn) .. ':' .. string.sub(mark, 2) .. ':' .. whole(place) .. ';'
          first = false
          redis.call('HDEL', meta, 't:' .. activity, 'c:' .. activity)
        end
      end
    end
    told[#told + 1] = place
  end

  local answer = {}
  for i, place in ipairs(told) do
    answer[i] = whole(place)
    seen[#seen + 1] = place
  end
  if first then
    fields[#fields + 1] = 't:' .. activity
    fields[#fields + 1] = first
  end
  if cursor ~= '' then
    fields[#fields + 1] = 'c:' .. activity
    fields[#fields + 1] = cursor
  end
  redis.call('HSET', meta, 'seq', whole(sequence), 'last', entries.last(), 'ended', ended, 'gone', gone,
    'n:' .. activity, whole(number) .. ':' .. table.concat(answer, ','), unpack(fields))
  if redis.call('XLEN', log) > limit then
    redis.call('XTRIM', log, 'MINID', whole(turn) .. '-' .. m[3])
  end
  entries.send()
  keep()
  seen[4] = sequence
  return seen
end

-- Events that belong to no writer. ARGV from 5 on, for each: mark, key (unused), id, JSON after the id
local function announce()
  local m = redis.call('HMGET', meta, 'last', 'ended', 'run')
  local ours = m[3] == run()
  local entries = adder(newest(ours and m[1]))
  local ended = ours and m[2] or '0'
  for i = 5, #ARGV, 4 do
    local turn, sequence = pair(ARGV[i + 2])
    if entries.newer(turn, sequence) then
      entries.add(turn, sequence, ARGV[i + 3])
      ended = ARGV[i] == 'e' and '1' or '0'
    end
  end
  redis.call('HSET', meta, 'last', entries.last(), 'ended', ended)
  entries.send()
  keep()
  return { 'ok', milliseconds() }
end

local operation = ARGV[1]
if operation == 'append' then return append() end
if operation == 'look' then return look() end
if operation == 'open' then return enter(false) end
if operation == 'restore' then return enter(true) end
if operation == 'announce' then return announce() end
return redis.error_reply('unknown operation')
