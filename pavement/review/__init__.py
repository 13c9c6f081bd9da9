"""The yearly review of the whole network (全線点検結果とりまとめ): pure, on arrays of blocks and segments."""
