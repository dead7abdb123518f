-- What accounts let Landfall read at services that they sign in to (OAuth 2.0).
create table landfall.drive_tokens (
  account_id uuid not null references landfall.accounts on delete cascade,
  service text not null,
  -- JSON under the seal of the installation
  sealed text not null,
  -- the one process that asks for the next token: some services accept a refresh token once
  lease uuid,
  lease_until timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (account_id, service)
);

-- Sign-ins that were begun: each can be ended once, by whoever has its state.
create table landfall.drive_sign_ins (
  -- SHA-256
  state_hash bytea primary key,
  account_id uuid not null references landfall.accounts on delete cascade,
  service text not null,
  sealed_verifier text not null,
  -- SHA-256 of the cookie of the browser that has to end it; null: any may
  browser_hash bytea,
  expires_at timestamptz not null
);
create index on landfall.drive_sign_ins (account_id, service, expires_at desc);
