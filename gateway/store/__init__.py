"""Where rows are kept: tables, migrations, one writer thread and a few readers."""
