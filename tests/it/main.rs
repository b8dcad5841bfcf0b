mod store;
mod store_sqlite;
