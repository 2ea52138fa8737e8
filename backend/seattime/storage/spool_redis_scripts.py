"""What the Redis spool does in one step: Lua scripts, which Redis runs whole or not at all, and writes to its file as one.

Guarantees of each: it changes nothing unless what it found is what the caller had read (its revision), so that merging, which
is done in Python, never overwrites what another worker or host brought meanwhile. Within a script what frees memory comes
first: a full Redis refuses a script at its first write that needs room, and lets one that began by deleting go on.

Answers begin with a word: `kept`, `moved` (somebody else was faster: read again), `gone`, or `full`, how many bytes it would
hold, and how many it may. Keys and arguments are listed at each.
"""

from __future__ import annotations

from typing import Final

_NUMBER: Final = """
local function number(value) return tonumber(value or 0) or 0 end
"""

_TAKE: Final = """
local function take(record, waiting, of, bytes, key)
  local size = number(redis.call('HGET', record, 'bytes'))
  redis.call('DEL', record)
  redis.call('ZREM', waiting, key)
  redis.call('ZREM', of, key)
  redis.call('DECRBY', bytes, size)
end
"""

_SHELVE: Final = """
local function shelved(slots, row, slot, revision)
  local id = slot ~= '' and redis.call('HGET', slots, slot) or false
  local found = id and redis.call('HGET', row .. id, 'revision') or ''
  return found == revision, id
end
local function shelve(shelf, slots, sizes, last, row, id, slot, kind, revision, reason, registration, session, since, body, most)
  local had = id and number(redis.call('HGET', row .. id, 'bytes')) or 0
  local after = number(redis.call('HGET', sizes, kind)) - had + #body
  if most >= 0 and after > most then return {'full', after, most} end
  if id then
    redis.call('HSET', row .. id, 'revision', revision, 'reason', reason, 'bytes', #body, 'body', body)
  else
    id = string.format('%d', redis.call('INCR', last))
    redis.call('HSET', row .. id, 'kind', kind, 'reason', reason, 'registration_key', registration, 'session', session,
      'since_ms', since, 'bytes', #body, 'body', body, 'revision', revision, 'slot', slot)
    redis.call('ZADD', shelf, id, id)
    if slot ~= '' then redis.call('HSET', slots, slot, id) end
  end
  redis.call('HSET', sizes, kind, after)
  return {'kept'}
end
"""

PUT: Final = f"""{_NUMBER}
local found = redis.call('HGET', KEYS[1], 'revision') or ''
if found ~= ARGV[2] then return {{'moved'}} end
local after = number(redis.call('GET', KEYS[4])) - number(redis.call('HGET', KEYS[1], 'bytes')) + #ARGV[5]
if after > tonumber(ARGV[6]) then return {{'full', after, ARGV[6]}} end
redis.call('HSET', KEYS[1], 'revision', ARGV[3], 'bytes', #ARGV[5], 'body', ARGV[5])
redis.call('HSETNX', KEYS[1], 'since_ms', ARGV[4])
redis.call('ZADD', KEYS[2], 'NX', ARGV[4], ARGV[1])
redis.call('ZADD', KEYS[3], 'NX', ARGV[4], ARGV[1])
redis.call('SET', KEYS[4], after)
return {{'kept'}}
"""
"""KEYS: record, waiting, those of the registration, bytes. ARGV: key, revision read ('': none), new revision, since_ms, body, cap."""

TAKE: Final = f"""{_NUMBER}{_TAKE}
if redis.call('HGET', KEYS[1], 'revision') ~= ARGV[2] then return {{'gone'}} end
take(KEYS[1], KEYS[2], KEYS[3], KEYS[4], ARGV[1])
return {{'kept'}}
"""
"""KEYS as for PUT. ARGV: key, revision."""

SHELVE: Final = f"""{_NUMBER}{_SHELVE}
local same, id = shelved(KEYS[2], KEYS[5], ARGV[2], ARGV[1])
if not same then return {{'moved'}} end
return shelve(KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], id, ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7], ARGV[8],
  ARGV[9], tonumber(ARGV[10]))
"""
"""KEYS: shelf, slots, sizes, last number, what the rows' keys begin with. ARGV: revision read ('': none), slot ('': a row of its
own), kind, new revision, reason, registration, session, since_ms, body, cap (-1: none)."""

MOVE: Final = f"""{_NUMBER}{_TAKE}{_SHELVE}
if redis.call('HGET', KEYS[6], 'revision') ~= ARGV[12] then return {{'gone'}} end
local same, id = shelved(KEYS[2], KEYS[5], ARGV[2], ARGV[1])
if not same then return {{'moved'}} end
take(KEYS[6], KEYS[7], KEYS[8], KEYS[9], ARGV[11])
return shelve(KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], id, ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7], ARGV[8],
  ARGV[9], -1)
"""
"""KEYS: those of SHELVE, then those of PUT. ARGV: those of SHELVE (its cap is not asked: what waits must have a place), key,
revision of the waiting record."""

DISCARD: Final = f"""{_NUMBER}
local row = KEYS[5] .. ARGV[1]
local size, body, kind, slot = unpack(redis.call('HMGET', row, 'bytes', 'body', 'kind', 'slot'))
if not body or (ARGV[2] ~= '' and body ~= ARGV[2]) then return {{'gone'}} end
redis.call('DEL', row)
redis.call('ZREM', KEYS[1], ARGV[1])
if slot ~= '' then redis.call('HDEL', KEYS[2], slot) end
redis.call('HINCRBY', KEYS[3], kind, -number(size))
return {{'kept'}}
"""
"""KEYS as for SHELVE. ARGV: number, body seen ('': any)."""

READ: Final = """
local found, room = {}, tonumber(ARGV[2])
for _, key in ipairs(redis.call('ZRANGE', KEYS[1], 0, tonumber(ARGV[1]) - 1)) do
  if room <= 0 then break end
  local revision, since, body = unpack(redis.call('HMGET', KEYS[2] .. key, 'revision', 'since_ms', 'body'))
  found[#found + 1] = {key, revision, since, body}
  room = room - #body
end
return found
"""
"""KEYS: waiting or those of the registration, what the records' keys begin with. ARGV: limit, bytes that are read at once."""

OLDEST: Final = "return redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')"
"""KEYS: waiting. The key and its score as text: clients read scores in their own ways."""
