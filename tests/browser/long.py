"""A program whose runs fill a page: up to 60 positions, 200 layers."""

PROGRAM = """\
program long
input bits: 0..1 up to 60
var x: 0..9 = 0
var y: 0..9 = 0
head left = x at -1 else 1
head most = max y
step:
    x := (left + token) % 10
    y := (x + most) % 10
layers 200
output x
"""
