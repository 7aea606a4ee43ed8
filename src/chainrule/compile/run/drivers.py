"""The native functions that run call tables, written in LLVM's language."""

from __future__ import annotations

from chainrule.compile.plan.call_table import Driver
from chainrule.compile.run.thread_helper import FORK

_TABLE = f"""
{FORK}
define void @run(ptr %ctl, ptr %heads, i64 %count) {{
entry:
  br label %next
next:
  %i = phi i64 [ 0, %entry ], [ %following, %done ]
  %at = mul i64 %i, 3
  %head = getelementptr i64, ptr %heads, i64 %at
  %first.at = getelementptr i64, ptr %head, i64 1
  %second.at = getelementptr i64, ptr %head, i64 2
  %kernel = load ptr, ptr %head
  %first = load ptr, ptr %first.at
  %second = load ptr, ptr %second.at
  %whole = icmp eq ptr %second, null
  br i1 %whole, label %alone, label %halves
alone:
  call void %kernel(ptr %first, ptr %ctl)
  br label %done
halves:
  call void @fork(ptr %ctl, ptr %kernel, ptr %first, ptr %second)
  br label %done
done:
  %following = add i64 %i, 1
  %more = icmp slt i64 %following, %count
  br i1 %more, label %next, label %end
end:
  ret void
}}
"""

_SCAN = """
define void @run(ptr %arguments, ptr %ctl) {
entry:
  %heads = load ptr, ptr %arguments
  %count.at = getelementptr i64, ptr %arguments, i64 1
  %count = load i64, ptr %count.at
  %moves.at = getelementptr i64, ptr %arguments, i64 2
  %moves = load ptr, ptr %moves.at
  %moved.at = getelementptr i64, ptr %arguments, i64 3
  %moved = load i64, ptr %moved.at
  %steps.at = getelementptr i64, ptr %arguments, i64 4
  %steps = load i64, ptr %steps.at
  %run.at = getelementptr i64, ptr %arguments, i64 5
  %run = load ptr, ptr %run.at
  %still = icmp eq i64 %moved, 0
  br label %step
step:
  %t = phi i64 [ 0, %entry ], [ %later, %call ]
  br i1 %still, label %call, label %move
move:
  %m = phi i64 [ 0, %step ], [ %next, %move ]
  %at = mul i64 %m, 3
  %row = getelementptr i64, ptr %moves, i64 %at
  %cell = load ptr, ptr %row
  %start.at = getelementptr i64, ptr %row, i64 1
  %start = load i64, ptr %start.at
  %stride.at = getelementptr i64, ptr %row, i64 2
  %stride = load i64, ptr %stride.at
  %way = mul i64 %stride, %t
  %place = add i64 %start, %way
  store i64 %place, ptr %cell
  %next = add i64 %m, 1
  %more = icmp slt i64 %next, %moved
  br i1 %more, label %move, label %call
call:
  call void %run(ptr %ctl, ptr %heads, i64 %count)
  %later = add i64 %t, 1
  %again = icmp slt i64 %later, %steps
  br i1 %again, label %step, label %end
end:
  ret void
}
"""

_GUARDED = """
define void @run(ptr %arguments, ptr %ctl) {
entry:
  %first = load ptr, ptr %arguments
  %first.count.at = getelementptr i64, ptr %arguments, i64 1
  %first.count = load i64, ptr %first.count.at
  %second.at = getelementptr i64, ptr %arguments, i64 2
  %second = load ptr, ptr %second.at
  %second.count.at = getelementptr i64, ptr %arguments, i64 3
  %second.count = load i64, ptr %second.count.at
  %flag.at = getelementptr i64, ptr %arguments, i64 4
  %flag = load ptr, ptr %flag.at
  %run.at = getelementptr i64, ptr %arguments, i64 5
  %run = load ptr, ptr %run.at
"""

_BRANCH = f"""{_GUARDED}
  %byte = load i8, ptr %flag
  %taken = icmp ne i8 %byte, 0
  %heads = select i1 %taken, ptr %first, ptr %second
  %count = select i1 %taken, i64 %first.count, i64 %second.count
  %empty = icmp eq i64 %count, 0
  br i1 %empty, label %end, label %call
call:
  call void %run(ptr %ctl, ptr %heads, i64 %count)
  br label %end
end:
  ret void
}}
"""

_WHILE = f"""{_GUARDED}
  %untested = icmp eq i64 %first.count, 0
  %unmoved = icmp eq i64 %second.count, 0
  br label %next
next:
  br i1 %untested, label %decide, label %test
test:
  call void %run(ptr %ctl, ptr %first, i64 %first.count)
  br label %decide
decide:
  %byte = load i8, ptr %flag
  %over = icmp eq i8 %byte, 0
  br i1 %over, label %end, label %body
body:
  br i1 %unmoved, label %next, label %move
move:
  call void %run(ptr %ctl, ptr %second, i64 %second.count)
  br label %next
end:
  ret void
}}
"""

DRIVERS: dict[Driver, str] = {
    Driver.TABLE: _TABLE,
    Driver.SCAN: _SCAN,
    Driver.BRANCH: _BRANCH,
    Driver.WHILE: _WHILE,
}
"""The text of each driver, which defines the function @run."""
