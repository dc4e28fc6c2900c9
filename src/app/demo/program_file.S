    .section .rodata
    .global perennial_demo_program_begin
    .global perennial_demo_program_end
perennial_demo_program_begin:
    .incbin "examples/demo/program.json"
perennial_demo_program_end:
    .byte 0
    .section .note.GNU-stack,"",@progbits
