import type { Named } from './common';

export interface Session {
  staff_id: string;
  name: string;
  username: string;
  /** What stands between the person and the workbench. */
  standing: 'ready' | 'second_factor_needed' | 'enrolment_needed' | 'password_change_needed';
  authority: Named;
  place_name: string;
  office: string | null;
  roles: Named[];
  counties: Named[];
  permissions: string[];
  csrf_token: string;
  second_factor: { required: boolean; enrolled: boolean; passed: boolean };
  must_change_password: boolean;
  password_hint: string;
  idle_seconds: number;
  expires_at: string;
  server_time: string;
  demo: boolean;
}
export interface TotpEnrolment {
  otpauth_url: string;
  secret: string;
}
