import { Type } from 'typebox';

const success = Type.Boolean({ description: 'Always true.' });

/** Answer of `token_valid`. */
export const TokenValid = Type.Object({
  oauth_valid: Type.Boolean({
    description: 'Whether the service accepts the stored token; false too where there is none.',
  }),
  success,
});

/** Answer of `list_files`. */
export const DriveFiles = Type.Object({
  files: Type.Array(
    Type.Object({
      id: Type.String({ description: 'The `service_item_id` of its import.' }),
      title: Type.String(),
      url: Type.Optional(Type.String()),
      service: Type.String(),
      filename: Type.String(),
      checksum: Type.String(),
      size: Type.Integer(),
    }),
    {
      description:
        'Files by `id` (the `service_item_id` of an import), `title`, `url`, `service`, `filename`, `checksum` (another one when the content is another) and `size` in bytes (0 where it is not known before the download).',
    },
  ),
  success,
});

/** Answer of `auth_url`. */
export const AuthUrl = Type.Object({
  url: Type.String({ format: 'uri', description: 'Where the browser goes to sign in; good for 15 minutes.' }),
  success,
});

/** Answers that only say how it went. */
export const Done = Type.Object({ success });
export const CodeTaken = Type.Object({
  success: Type.Boolean({ description: 'false: the service does not know the code.' }),
});

/** `errors` is the sentence: the access has expired. */
export const DriveExpired = Type.Object({
  errors: Type.String({ description: 'The access has expired or was taken back; connect the service again.' }),
});

/** `errors` as the sentence, of `token_valid`. */
export const TokenErrors = Type.Object({ errors: Type.String({ description: 'The sentence to show.' }) });
